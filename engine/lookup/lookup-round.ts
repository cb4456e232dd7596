/** The questions of a handful of records: asked together or one by one, each answer put where it belongs. */
import type { Authenticator } from '../auth/index.ts';
import type { Endpoint, Lookup } from '../compile/connector.ts';
import type { Env } from '../env.ts';
import { EngineError } from '../errors.ts';
import { withNewToken } from '../fetch/ask.ts';
import { createPaginator } from '../fetch/paginate/index.ts';
import type { RateLimiter } from '../fetch/rate-limit.ts';
import { pageUrl, type RequestBase } from '../fetch/request.ts';
import { waitFor } from '../http/backoff.ts';
import { ATTEMPTS_MAX, WAIT_MAX_MS } from '../limits.ts';
import { askAlone } from './ask-alone.ts';
import { askBatch } from './ask-batch.ts';
import { complete } from './complete.ts';
import { LookupMemory } from './lookup-memory.ts';
import type { Caller, Question } from './question.ts';

/** What the lane lends. */
export interface LookupDoors {
  env: Env;
  /** URL and headers of an endpoint for one record's input; undefined when it names something that the input has not. */
  base(endpoint: Endpoint, input: Record<string, unknown>): Promise<RequestBase | undefined>;
  authenticator(endpoint: Endpoint): Promise<Authenticator>;
  rateLimiter(endpoint: Endpoint): RateLimiter;
}

export type LookupStep = { type: 'asked' } | { type: 'wait'; ms: number } | { type: 'done' };

/** Why a question has no answer. */
export interface LookupFailure {
  lookup: Lookup;
  error: EngineError;
}

interface Failed {
  question: Question;
  error: EngineError;
}

/** One lookup after another, so that a question may name the answer to an earlier one. */
export class LookupRound {
  readonly #lookups: readonly Lookup[];
  readonly #inputs: readonly Record<string, unknown>[];
  readonly #doors: LookupDoors;
  readonly #memory: LookupMemory;
  readonly #failures = new Map<number, LookupFailure>();
  /** Index of the lookup in hand. */
  #at = 0;
  /** Its questions that have no answer yet; undefined before they are known. */
  #open: Set<Question> | undefined;
  /** Those that the last call asked. */
  #inHand: readonly Question[] = [];

  /** @param memory shared by the rounds of a lane, so that what is refused once is not asked again and again */
  constructor(
    lookups: readonly Lookup[],
    inputs: readonly Record<string, unknown>[],
    doors: LookupDoors,
    memory = new LookupMemory(),
  ) {
    this.#lookups = lookups;
    this.#inputs = inputs;
    this.#doors = doors;
    this.#memory = memory;
  }

  /** What is being asked of now. */
  get endpoint(): Endpoint | undefined {
    return this.#lookups[this.#at]?.endpoint;
  }

  /** By index of the input. A failure that makes the record dead comes before one that it can go on with. */
  get failures(): ReadonlyMap<number, LookupFailure> {
    return this.#failures;
  }

  /** Has the credentials at hand, asking for them where that takes a request. */
  async prepare(): Promise<void> {
    const [question] = await this.#questions();
    if (!question || !this.endpoint) return;
    const authenticator = await this.#doors.authenticator(this.endpoint);
    await authenticator.authorize({ url: new URL(question.base.url.href), headers: {} });
  }

  /**
   * One HTTP call at most: answers go into the inputs. After an error the same questions are asked again.
   * @throws EngineError when nothing came of the call, or when no question can be answered like this
   */
  async step(): Promise<LookupStep> {
    const open = [...(await this.#questions())];
    const lookup = this.#lookups[this.#at];
    if (!lookup || open.length === 0) return { type: 'done' };
    const { endpoint } = lookup;
    const now = this.#doors.env.clock.monotonic();
    const begun = open.find(({ list }) => list);
    if (begun) return this.#askAlone(lookup, begun);
    const ready = open.filter(({ notBefore }) => notBefore <= now);
    const size = Math.min(endpoint.batch?.size ?? 1, this.#doors.rateLimiter(endpoint).most);
    const together = ready.filter(({ isAlone }) => !isAlone).slice(0, size);
    if (together.length > 1) return this.#askTogether(lookup, together);
    const [alone] = [...together, ...ready];
    if (alone) return this.#askAlone(lookup, alone);
    return { type: 'wait', ms: Math.min(...open.map(({ notBefore }) => notBefore)) - now };
  }

  /**
   * After a step or `prepare` threw for good: the questions in hand are answered by this error, and the round goes on. A
   * permission or a credential that is missing answers all questions of the endpoint, those of later rounds too.
   */
  giveUp(error: EngineError): void {
    const lookup = this.#lookups[this.#at];
    if (!lookup) return;
    const open = this.#open ?? new Set();
    const inHand = this.#inHand.filter((question) => open.has(question));
    const isAboutAll = inHand.length === 0 || isRefusal(error);
    for (const question of isAboutAll ? [...open] : inHand) this.#fail(lookup, { question, error });
  }

  /** Those of the lookup in hand that are open; goes on to the next lookup when there are none. */
  async #questions(): Promise<ReadonlySet<Question>> {
    for (let lookup = this.#lookups[this.#at]; lookup; lookup = this.#lookups[this.#at]) {
      this.#open ??= await this.#collect(lookup);
      const refusal = this.#memory.refusal(lookup.endpoint);
      if (refusal) for (const question of this.#open) this.#fail(lookup, { question, error: refusal });
      if (this.#open.size > 0) return this.#open;
      this.#at++;
      this.#open = undefined;
      this.#inHand = [];
    }
    return new Set();
  }

  /** One question for all inputs that ask the same. Not asked: what names something absent, and for a record that is dead. */
  async #collect(lookup: Lookup): Promise<Set<Question>> {
    const { endpoint, definition } = lookup;
    const byUrl = new Map<string, Question>();
    for (const [index, input] of this.#inputs.entries()) {
      const failure = this.#failures.get(index);
      if (failure && !failure.lookup.definition.optional) continue;
      if (definition.into !== undefined && !isObject(input[definition.into])) continue;
      const base = await this.#baseOf(lookup, index, input);
      if (!base) continue;
      const url = pageUrl(base, createPaginator(endpoint).first(), undefined);
      const known = byUrl.get(url.href);
      if (known) known.inputs.push(index);
      else byUrl.set(url.href, { ...NEW, inputs: [index], base, url });
    }
    return new Set(byUrl.values());
  }

  /** A record that the templates of the endpoint cannot cope with is that record's fault. */
  async #baseOf(lookup: Lookup, index: number, input: Record<string, unknown>) {
    try {
      return await this.#doors.base(lookup.endpoint, input);
    } catch (error) {
      if (!(error instanceof EngineError) || !error.code.startsWith('expr-')) throw error;
      this.#noteFailure(index, { lookup, error });
      return undefined;
    }
  }

  async #askAlone(lookup: Lookup, question: Question): Promise<LookupStep> {
    this.#inHand = [question];
    try {
      const caller = await this.#caller(lookup);
      const reply = await askAlone(question, caller);
      if (reply.type === 'wait') return reply;
      if (reply.type === 'answer') this.#settle(lookup, question, reply.answer);
    } catch (error) {
      const isItsOwn =
        error instanceof EngineError && (isLasting(error) || (question.isAlone && isServerError(error)));
      if (!isItsOwn) throw error;
      this.#fail(lookup, { question, error });
    }
    return { type: 'asked' };
  }

  /** Vendors count each question of a batch against their limits, and so does the budget. */
  async #askTogether(lookup: Lookup, questions: readonly Question[]): Promise<LookupStep> {
    this.#inHand = questions;
    const { endpoint } = lookup;
    const caller = await this.#caller(lookup);
    const { rateLimiter } = caller;
    const ms = await rateLimiter.reserve(questions.length);
    if (ms > 0) return { type: 'wait', ms };
    const replies = await askBatch(questions, caller);
    const again: Failed[] = [];
    let refusal: EngineError | undefined;
    for (const question of questions) {
      const reply = replies.get(question) ?? { type: 'failed', error: noAnswer(endpoint) };
      if (reply.type === 'answer') this.#settle(lookup, question, reply.answer);
      if (reply.type !== 'failed') continue;
      const { error } = reply;
      if (isRefusal(error)) refusal ??= error;
      else if (isLasting(error)) this.#fail(lookup, { question, error });
      else again.push({ question, error });
    }
    if (refusal) throw withNewToken(refusal, caller.authenticator);
    this.#postpone(again, again.length < questions.length, rateLimiter);
    return { type: 'asked' };
  }

  /** Those that may yet have an answer wait for it. When nothing at all came of a batch, its error is the lane's to treat. */
  #postpone(again: readonly Failed[], hasProgress: boolean, rateLimiter: RateLimiter): void {
    const { clock, random } = this.#doors.env;
    for (const { question, error } of again) {
      if (error.kind !== 'rate_limit') question.attempts++;
      question.isAlone = question.attempts >= ATTEMPTS_MAX;
    }
    const held = again
      .filter(({ error }) => error.kind === 'rate_limit')
      .sort((a, b) => askedMs(b) - askedMs(a));
    const [worst] = [...held, ...again];
    const isNew = again.some(({ question }) => question.isAlone);
    if (worst && ((!hasProgress && !isNew) || askedMs(worst) > WAIT_MAX_MS)) {
      rateLimiter.heed(worst.error);
      throw worst.error;
    }
    for (const { question, error } of again) {
      if (error.retry === 'never') continue;
      const ms = waitFor(error.retry, Math.max(1, question.attempts), random);
      if (error.kind === 'rate_limit') rateLimiter.hold(ms);
      else question.notBefore = clock.monotonic() + ms;
    }
  }

  async #caller({ endpoint }: Lookup): Promise<Caller> {
    const { env } = this.#doors;
    const authenticator = await this.#doors.authenticator(endpoint);
    return { endpoint, env, authenticator, rateLimiter: this.#doors.rateLimiter(endpoint) };
  }

  #settle(lookup: Lookup, question: Question, answer: unknown): void {
    this.#open?.delete(question);
    this.#memory.answered(lookup.endpoint);
    if (answer === undefined) return;
    for (const index of question.inputs) {
      const input = this.#inputs[index];
      if (input) complete(input, lookup, answer);
    }
  }

  #fail(lookup: Lookup, { question, error }: Failed): void {
    this.#open?.delete(question);
    this.#memory.failed(lookup.endpoint, error);
    for (const index of question.inputs) this.#noteFailure(index, { lookup, error });
  }

  #noteFailure(index: number, failure: LookupFailure): void {
    if (!this.#failures.has(index) || !failure.lookup.definition.optional) this.#failures.set(index, failure);
  }
}

const NEW = { attempts: 0, notBefore: Number.NEGATIVE_INFINITY, isAlone: false, isRestarted: false };

/** Of the application, not of one question. */
function isRefusal({ kind }: EngineError): boolean {
  return kind === 'permission' || kind === 'credentials';
}

/** Of this one question, and no other attempt helps: what it asks for may be gone meanwhile. */
function isLasting({ kind, retry }: EngineError): boolean {
  return kind === 'contract' && retry === 'never';
}

function isServerError({ code }: EngineError): boolean {
  return code === 'http-server-error' || code === 'http-retry';
}

/** Milliseconds that the vendor asks to wait; 0 when it does not say. */
function askedMs({ error: { retry } }: Failed): number {
  return typeof retry === 'object' ? retry.afterMs : 0;
}

function noAnswer(endpoint: Endpoint): EngineError {
  return new EngineError({
    code: 'lookup-unanswered',
    kind: 'transient',
    message: `a question to endpoint \`${endpoint.name}\` has no answer in its batch`,
    retry: 'backoff',
    at: endpoint.at,
  });
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
