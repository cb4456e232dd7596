/** What is asked of an endpoint once, for all the inputs that would ask the same. */
import { camelCased } from '../compile/camel-case.ts';
import type { Endpoint } from '../compile/connector.ts';
import type { AskOptions } from '../fetch/ask.ts';
import type { RequestBase } from '../fetch/request.ts';
import type { ListAnswer } from './list-answer.ts';

/** Who asks, and through which doors. */
export type Caller = Omit<AskOptions, 'base'>;

export interface Question {
  /** Indices of the inputs. */
  inputs: number[];
  base: RequestBase;
  /** Of the first page. */
  url: URL;
  /** Batches in which it had no answer for a reason that may pass. */
  attempts: number;
  /** Monotonic time before which it is not asked again. */
  notBefore: number;
  /** Batches did not help. */
  isAlone: boolean;
  /** The pages of its answer so far. */
  list?: ListAnswer;
  /** Its list was begun anew once. */
  isRestarted: boolean;
}

/** What asking came to: `more` pages follow, or the answer is there, undefined when there is nothing. */
export type Reply = { type: 'more' } | { type: 'answer'; answer: unknown };

/** Whether the answers of the endpoint are lists. */
export function givesList(endpoint: Endpoint): boolean {
  return endpoint.definition.records !== undefined;
}

/** A record under the names that mappings know its members by. */
export function named(endpoint: Endpoint, record: unknown): unknown {
  return endpoint.isCamelCase ? camelCased(record) : record;
}
