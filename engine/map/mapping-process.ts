/** The process that evaluates a mapping of others: told the mapping once, then an input a line; says the event or the error of each. */
import { createInterface } from 'node:readline';
import { SourceText } from '../definition/source.ts';
import { EngineError } from '../errors.ts';
import { compileMapping, type Mapping } from './evaluate.ts';
import type { IsolatedAnswer, IsolatedQuestion } from './isolated-mapping.ts';

let mapping: Mapping | undefined;

createInterface({ input: process.stdin }).on('line', async (line) => {
  process.stdout.write(`${JSON.stringify(await answerTo(JSON.parse(line)))}\n`);
});

async function answerTo(question: IsolatedQuestion): Promise<IsolatedAnswer> {
  if ('text' in question) {
    mapping = compileMapping(new SourceText(question.file, question.text)).mapping;
    return {};
  }
  try {
    const event = mapping?.evaluateSync
      ? mapping.evaluateSync(question.input, question.now)
      : await mapping?.evaluate(question.input, question.now);
    return { event };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const { code, message, at } = error;
    return { error: { code, message, ...(at && { at }) } };
  }
}
