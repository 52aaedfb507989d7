/** Whether it is worth asking again: not when the question itself is at fault. */

import { ApiError } from "../../api/client";
import type { Atlas } from "../atlas.svelte";

export function retrying(atlas: Atlas): { retry?: () => void } {
  const { error } = atlas.answer;
  const atFault = error instanceof ApiError && error.status >= 400 && error.status < 500;
  return atFault ? {} : { retry: () => atlas.again() };
}
