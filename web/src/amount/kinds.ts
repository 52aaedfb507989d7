/** How numbers add up, told by their unit where the standard leaves it to each row. */

export type Kind = "flow" | "stock" | "rate";

/** What is shown of the numbers of aggregates: a sum, an average, or how many rows there are. */
export type Measure = "sum" | "avg" | "count";

/** One for each of something, a share, a price, an index. */
const RATE =
  /%|\/|\bper\b|\ban?\b|[_ ]?rate\b|\bshare\b|\bpercent|\bindex\b|\bpoints?\b|\bscores?\b|\branks?\b|\bmean\b|\bmedian\b|\baverage\b|^[A-Z]{3}$/;

/** What is there at a moment, and would be counted again in the next. */
const STOCK =
  /\b(people|residents|children|pupils|households?|dwellings?|homes|vehicles|cars|meters|jobs|beds|places|[a-z_]*population)\b/i;

/** `kWh a meter` is a rate, `people` a stock, `kWh` a flow. */
export function kindOfUnit(unit: string): Kind {
  if (RATE.test(unit)) return "rate";
  return STOCK.test(unit) ? "stock" : "flow";
}
