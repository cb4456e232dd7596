/** Several questions in one call: the JSON batch format of OData (JSON Format 4.01, 19). */
import { valueAt } from '../definition/path.ts';
import { EngineError } from '../errors.ts';
import { ask } from '../fetch/ask.ts';
import { classify } from '../fetch/classify.ts';
import { parseJson } from '../fetch/json-page.ts';
import { recordOf } from './ask-alone.ts';
import { ListAnswer } from './list-answer.ts';
import { type Caller, givesList, named, type Question, type Reply } from './question.ts';

/** What came for one of them. */
export type BatchReply = Reply | { type: 'failed'; error: EngineError };

/** The answer to one request of a batch, as far as it can be relied on. */
interface Part {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** The credentials go with the batch, never into it. */
const NEVER_INSIDE = ['authorization', 'proxy-authorization', 'cookie'];

/**
 * Sends the questions together. Those without an answer are missing in what is given back.
 * @throws EngineError when the batch as a whole fails; what is wrong with one of its answers is given back
 */
export async function askBatch(
  questions: readonly Question[],
  caller: Caller,
): Promise<Map<Question, BatchReply>> {
  const { endpoint } = caller;
  const base = questions[0]?.base;
  if (!base?.batchUrl) throw new Error(`nothing says where batches of ${endpoint.name} are sent`);
  const headers = { ...base.headers, accept: 'application/json', 'content-type': 'application/json' };
  // An answer that means "nothing there" means it of one question, never of a batch.
  const responses = endpoint.responses.filter(({ definition }) => definition.outcome !== 'empty');
  const came = await ask(
    { ...caller, endpoint: { ...endpoint, responses }, base: { ...base, headers } },
    base.batchUrl,
    false,
    JSON.stringify({ requests: requestsOf(questions, base.batchUrl) }),
  );
  const parts = partsOf(caller, came && parseJson(came.bytes));
  const replies = new Map<Question, BatchReply>();
  for (const [index, question] of questions.entries()) {
    const part = parts.get(String(index + 1));
    if (part) replies.set(question, await replyOf(question, part, caller));
  }
  return replies;
}

function requestsOf(questions: readonly Question[], batchUrl: URL): object[] {
  const parent = batchUrl.pathname.replace(/\/[^/]*$/, '');
  return questions.map(({ url, base }, index) => {
    const path = url.pathname.startsWith(`${parent}/`) ? url.pathname.slice(parent.length) : url.pathname;
    const headers = Object.entries(base.headers).filter(([name]) => !NEVER_INSIDE.includes(name));
    return {
      id: String(index + 1),
      method: 'GET',
      url: path + url.search,
      headers: Object.fromEntries(headers),
    };
  });
}

/** By id. Of several answers with one id the first counts; what has no id or no status is no answer. */
function partsOf({ endpoint }: Caller, body: unknown): Map<string, Part> {
  const responses = valueAt(body, ['responses']);
  if (!Array.isArray(responses)) {
    throw new EngineError({
      code: 'lookup-bad-batch',
      kind: 'contract',
      message: `the batch of endpoint \`${endpoint.name}\` is answered without a list \`responses\``,
      fix: 'check the path under `batch`, or remove `batch`: the questions are then asked one by one',
      at: endpoint.at,
    });
  }
  const parts = new Map<string, Part>();
  for (const response of responses) {
    const [id, status, headers, body] = ['id', 'status', 'headers', 'body'].map((name) =>
      valueAt(response, [name]),
    );
    if (typeof status !== 'number' || id === undefined || parts.has(String(id))) continue;
    const texts = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
    parts.set(String(id), { status, headers: Object.fromEntries(texts), body });
  }
  return parts;
}

async function replyOf(question: Question, part: Part, caller: Caller): Promise<BatchReply> {
  const { endpoint, env } = caller;
  const nothing: Reply = { type: 'answer', answer: givesList(endpoint) ? [] : undefined };
  try {
    if (part.status === 204) return nothing;
    if (part.status < 200 || part.status >= 300) {
      await classify(part, endpoint, { url: question.url, now: env.clock.now(), isNextLink: false });
      return nothing;
    }
    if (!givesList(endpoint)) return { type: 'answer', answer: recordOf(endpoint, part.body) };
    const records = valueAt(part.body, endpoint.recordsPath);
    if (!Array.isArray(records)) throw noList(caller);
    const list = new ListAnswer({ ...caller, base: question.base });
    const reply = await list.begin(
      records.map((record) => named(endpoint, record)),
      part,
    );
    if (reply.type === 'more') question.list = list;
    return reply;
  } catch (error) {
    if (error instanceof EngineError) return { type: 'failed', error };
    throw error;
  }
}

function noList({ endpoint }: Caller): EngineError {
  return new EngineError({
    code: 'page-no-records',
    kind: 'contract',
    message: `an answer of endpoint \`${endpoint.name}\` has no list \`${endpoint.recordsPath.join('.')}\``,
    fix: 'set `records` of the endpoint to the member that holds the list',
    at: endpoint.at,
  });
}
