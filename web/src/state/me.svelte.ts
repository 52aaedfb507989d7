/** Who the person before the screen is to the node, and whether that has changed meanwhile. */

import { session } from "../api/client";
import type { Me as Told } from "../api/people";
import { people } from "../api/people";

/** With nobody at the keyboard for so long, the screen asks for nothing: the session is to run out. */
const REST_MS = 600_000;

class Me {
  /** What the node says; `null` until it has said it. */
  told = $state.raw<Told | null>(null);
  /** Somebody was signed in on this page, and the session is over. */
  over = $state(false);

  signedIn = $derived(this.told?.signed_in ?? false);
  administrator = $derived(this.told?.administrator ?? false);
  account = $derived(this.told?.account ?? null);

  /** Nobody is signed in, and there is somebody who could be. */
  couldSignIn = $derived(this.told !== null && !this.told.signed_in && this.told.has_accounts);

  private touched = Date.now();

  /** Find out who it is, and keep knowing it. */
  start(): void {
    session.renew = () => this.look();
    for (const sign of ["pointerdown", "keydown", "wheel"]) {
      addEventListener(sign, () => (this.touched = Date.now()), { passive: true });
    }
    document.addEventListener("visibilitychange", () => {
      if (this.told?.has_accounts && document.visibilityState === "visible") void this.look();
    });
    void this.look();
  }

  /** Whether nobody has touched the screen for a while, in a session. */
  get rests(): boolean {
    return this.signedIn && Date.now() - this.touched > REST_MS;
  }

  /** Ask the node who it takes us for. */
  async look(): Promise<void> {
    try {
      this.take(await people.me());
    } catch {
      // The next request says what is wrong; who we are has not changed by that.
    }
  }

  /** Take over what the node says of us. */
  take(told: Told): void {
    const before = this.told;
    this.over = !told.signed_in && (this.over || (before?.signed_in ?? false));
    // Signed in as another, or for another purpose, in another tab: what is on the screen is not theirs.
    const stays = told.account?.id === before?.account?.id && told.purpose === before?.purpose;
    if (before && told.signed_in && !stays) location.reload();
    this.told = told;
    session.csrf = told.csrf;
  }
}

export const me = new Me();
