/** An order by a seed: the same for every host, another for every epoch. */

/**
 * The items in an order that the seed decides.
 *
 * @param seed - ShuffleConfig.Seed
 * @param epoch - counts from 0
 */
export function shuffled<T>(items: readonly T[], seed: number, epoch: number): T[] {
  const random = generator((Math.trunc(seed) ^ Math.imul(epoch + 1, 0x9e3779b9)) >>> 0);
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [order[last], order[other]];
    if (a === undefined || b === undefined) continue;
    order[last] = b;
    order[other] = a;
  }
  return order;
}

/** Mulberry32: small, fast, and good enough for an order. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
