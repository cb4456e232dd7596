/** The contract of a paging kind: which records a request gets, where the next ones are, and what stands around them. */
import type { Refusal } from '../conditions.ts';
import type { JsonSchema } from '../generate/kind.ts';
import type { Rows } from '../rows.ts';
import type { Values } from '../template.ts';

export interface PageRequest {
  query: URLSearchParams;
  /** The query as it was sent, without `?`. */
  search: string;
  /** Absolute, on the origin that the simulator goes by, without a query. */
  address: string;
  rows: Rows;
  values: Values;
}

/** The records of one page, before they are made. */
export interface Selection {
  /** Counted from 1. */
  page: number;
  indices: number[];
  /** The index after which this page begins, for kinds that page by position. */
  before: number;
  /** The index after which the next page begins, for kinds that page by position. */
  after: number;
  /** Whether another page follows. */
  more: boolean;
}

/** What is sent around the records, which are joined by commas. */
export interface Frame {
  headers: Record<string, string | string[]>;
  head: string;
  tail: string;
  /** Members that come before those of the one record, for an answer that is a record. */
  members?: Record<string, unknown>;
}

export interface PagingKind<Spec> {
  properties: JsonSchema;
  required: readonly string[];
  /** The step that a walk is pinned to, where its token says so. */
  epoch?(spec: Spec, query: URLSearchParams): number | undefined;
  select(spec: Spec, request: PageRequest): Selection | Refusal;
  /** The absolute URL of the next page. */
  next(spec: Spec, selection: Selection, request: PageRequest): string | undefined;
  frame(spec: Spec, selection: Selection, next: string | undefined, request: PageRequest): Frame;
}
