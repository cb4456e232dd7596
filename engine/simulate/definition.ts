/** A simulator file as data: what `simulator.yaml` says, after the schema has let it through. */
import type { BatchSpec } from './answer-batch.ts';
import type { ChangesSpec } from './change-rows.ts';
import type { ErrorsSpec } from './error-answer.ts';
import type { ExportSpec } from './export-files.ts';
import type { CollectionSpec } from './generate/compile-collections.ts';
import type { FilterType } from './odata-filter.ts';
import type { OrderSpec } from './order.ts';
import type { QuotaSpec } from './quota.ts';
import type { WindowSpec } from './time-window.ts';

/** One of a kind: `type` names it, the other keys are its own. */
export type Tagged = { type: string } & Record<string, unknown>;

export interface EndpointSpec {
  path: string;
  auth: string;
  /** What a token must hold: the audience, and one of the roles. */
  requires?: { audience?: string; roles?: string[] };
  collection: string;
  quota?: string;
  errors: string;
  paging: Tagged;
  /** The parameter that filters, its language (`odata`), and what is asked where a request does not ask. */
  filter?: {
    parameter: string;
    syntax?: 'odata' | 'scim';
    fields: Record<string, FilterType>;
    default?: string;
  };
  window?: WindowSpec;
  order?: OrderSpec;
  /** The path segment with the key of the one record that is answered. */
  record?: string;
  /** The path segment with the key of a record of another collection: those that belong to it are listed. */
  under?: { segment: string; collection: string };
  /** Fields that come only where a parameter names them, with what stands there otherwise; null leaves them out. */
  expand?: { parameter: string; fields: Record<string, unknown> };
  /** Details of the collection that are shown: these, or those that the query selects. */
  details?: string[] | 'selected';
  changes?: ChangesSpec;
  export?: ExportSpec;
  /** The parameter that picks fields; without it, such a parameter is ignored. */
  select?: { parameter: string };
  /** The status of an answer without any record; 200 is an empty list. */
  empty?: 200 | 404;
  headers?: Record<string, string>;
  encodings?: ('gzip' | 'deflate')[];
}

export interface SimulatorDefinition {
  simulator: string;
  title?: string;
  /** What a connector is given to talk to this simulator. */
  connect: { settings: Record<string, string>; secrets?: Record<string, string> };
  auth: Record<string, Tagged>;
  errors: Record<string, ErrorsSpec>;
  quotas?: Record<string, QuotaSpec>;
  scale: Record<string, number>;
  /** When the first step takes place relative to now, and how long a step is: durations. */
  steps?: { from: string; length: string };
  collections: Record<string, CollectionSpec>;
  endpoints: Record<string, EndpointSpec>;
  batches?: Record<string, BatchSpec>;
}

export const DEFAULT_STEPS = { from: '-2h', length: '1m' };
