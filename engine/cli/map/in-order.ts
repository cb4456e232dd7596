/** Work that overlaps, results in the order of what they came from. */

/**
 * Starts work for each item and takes the results in order, at most `inFlight` of them begun and not taken.
 * The first failure, of the items, of the work or of taking it, ends it; `stop` is called for a failure while items are
 * waited for.
 */
export async function inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  options: {
    inFlight: number;
    work: (item: Item) => Promise<Result>;
    take: (result: Result) => Promise<void>;
    stop: (reason: Error) => unknown;
  },
): Promise<void> {
  let last: Promise<void> = Promise.resolve();
  const taken: Promise<void>[] = [];
  for await (const item of items) {
    const result = options.work(item);
    result.catch(() => {});
    const before = last;
    last = (async () => {
      await before;
      await options.take(await result);
    })();
    last.catch(options.stop);
    taken.push(last);
    if (taken.length >= options.inFlight) await taken.shift();
  }
  await last;
}
