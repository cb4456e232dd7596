/** Maps records with a mapping's text: for programs that need no connector. */
import { SourceText } from '../definition/source.ts';
import { EngineError } from '../errors.ts';
import { placeText } from '../report/format.ts';
import { compileMapping } from './evaluate.ts';

/**
 * The event of each input, in order; an input that cannot be mapped rejects with its reason.
 * @param source JSONata text of the mapping
 * @param inputs objects of named records
 * @param options.now the fetch time in milliseconds since the epoch, what `$now()` and `$millis()` give
 * @throws EngineError `expr-syntax` for a mapping that does not parse, `map-...` for a record
 */
export async function* map(
  source: string,
  inputs: Iterable<Record<string, unknown>> | AsyncIterable<Record<string, unknown>>,
  options: { now: number; file?: string },
): AsyncGenerator<unknown> {
  const { mapping, diagnostics } = compileMapping(new SourceText(options.file ?? 'mapping.jsonata', source));
  if (!mapping) {
    const [problem] = diagnostics;
    throw new EngineError({
      code: 'expr-syntax',
      kind: 'definition',
      message: `${problem?.at ? `${placeText(problem.at)}: ` : ''}${problem?.message}`,
      ...(problem?.at && { at: problem.at }),
    });
  }
  for await (const input of inputs) yield await mapping.evaluate(input, options.now);
}
