/** One question by itself: a record in one call, or a list page by page. */
import { EngineError } from '../errors.ts';
import { ask } from '../fetch/ask.ts';
import { failedTwice } from '../fetch/failed-twice.ts';
import { parseJson } from '../fetch/json-page.ts';
import { ListAnswer } from './list-answer.ts';
import { type Caller, givesList, named, type Question, type Reply } from './question.ts';

/** One call at most. @throws EngineError; asked again after one, the question goes on where it was */
export async function askAlone(
  question: Question,
  caller: Caller,
): Promise<Reply | { type: 'wait'; ms: number }> {
  if (givesList(caller.endpoint)) return askForPage(question, caller);
  const ms = await caller.rateLimiter.reserve();
  if (ms > 0) return { type: 'wait', ms };
  const came = await ask({ ...caller, base: question.base, isNothingAnAnswer: true }, question.url, false);
  return { type: 'answer', answer: came && recordOf(caller.endpoint, parseJson(came.bytes)) };
}

/** A link to the next page that is no longer good is mended by beginning the list anew, once. */
async function askForPage(question: Question, caller: Caller) {
  question.list ??= new ListAnswer({ ...caller, base: question.base });
  try {
    return await question.list.step();
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'page-link-expired') throw error;
    if (question.isRestarted) throw failedTwice(error);
    question.isRestarted = true;
    delete question.list;
    throw error;
  }
}

/** An answer that is one record. @throws EngineError `lookup-no-record` (contract) for anything else */
export function recordOf(endpoint: Caller['endpoint'], body: unknown): unknown {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return named(endpoint, body);
  throw new EngineError({
    code: 'lookup-no-record',
    kind: 'contract',
    message: `endpoint \`${endpoint.name}\` answers with ${Array.isArray(body) ? 'a list' : 'no object'}, expected one record`,
    fix: 'set `records` of the endpoint if its answers are lists',
    at: endpoint.at,
  });
}
