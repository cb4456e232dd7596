/** A connector, compiled: what its author wrote, checked and ready to be configured and run. */
import type {
  ApiDefinition,
  AuthDefinition,
  ConnectorDefinition,
  CursorDefinition,
  EndpointDefinition,
  JoinDefinition,
  LookupDefinition,
  RemovedDefinition,
  ResponseRuleDefinition,
  SettingDefinition,
  StreamDefinition,
} from '../definition/schema/connector.ts';
import type { YamlFile } from '../definition/yaml-file.ts';
import type { Mapping } from '../map/evaluate.ts';
import type { Place } from '../report/diagnostic.ts';
import type { Evidence } from './evidence.ts';
import type { PlacedExpression, Template } from './template.ts';

export interface Connector {
  name: string;
  title: string;
  /** The folder of its `connector.yaml`. */
  folder: string;
  file: YamlFile;
  definition: ConnectorDefinition;
  settings: Record<string, SettingDefinition>;
  streams: Record<string, Stream>;
  /** What the connector's cases tell of its records. */
  evidence: Evidence;
  /** Of the definition's text: a checkpoint remembers which definition made it. */
  hash: string;
}

export interface Auth {
  name: string;
  definition: AuthDefinition;
  /** Templates and expressions by the name of their key. */
  template(key: string): Template | undefined;
  errorCode?: PlacedExpression;
}

export interface ResponseRule {
  definition: ResponseRuleDefinition;
  when: PlacedExpression;
  retryAt?: PlacedExpression;
}

export interface Api {
  name: string;
  definition: ApiDefinition;
  baseUrl: Template;
  origins: Template[];
  headers: Record<string, Template>;
  rateLimits: { calls: number; perMs: number }[];
  auth?: Auth;
}

export interface Endpoint {
  name: string;
  at: Place;
  definition: EndpointDefinition;
  api: Api;
  path: Template;
  query: Record<string, Template>;
  headers: Record<string, Template>;
  /** Path to the list of records; empty when the answer is the list. */
  recordsPath: string[];
  keyPath?: string[];
  /** Further parts of the key, which may be without a value. */
  keyWith: string[][];
  /** Members of its records are known in camel case, however the vendor writes them. */
  isCamelCase: boolean;
  /** Where lookups of it are sent together. */
  batch?: { path: string; size: number };
  /** Those of the endpoint first, then those of its API. */
  responses: ResponseRule[];
  /** Where its records are in files that the answer lists: the path to the list, the origins that files may come from. */
  exportFiles?: { path: string[]; origins: Template[] };
  /** Takes the next link or cursor out of an answer, for the kinds of pagination that need it. */
  next?: PlacedExpression;
}

export interface Join {
  name: string;
  definition: JoinDefinition;
  endpoint: Endpoint;
  /** Pairs of paths: in the stream's record (below its name), in the joined record. */
  on: { record: string[]; joined: string[]; name: string; at: Place }[];
  newest?: string[];
  when?: PlacedExpression;
  /** How long the list is good; read anew by each run when undefined. */
  keepMs?: number;
}

/** A question for each record that is new or changed. */
export interface Lookup {
  name: string;
  definition: LookupDefinition;
  endpoint: Endpoint;
  at: Place;
  when?: PlacedExpression;
}

/** How a record is known to be gone. */
export interface Removed {
  definition: RemovedDefinition;
  isAbsentGone: boolean;
  when?: PlacedExpression;
  at?: string[];
  /** The name of a join. */
  with?: string;
}

export interface Cursor {
  definition: CursorDefinition;
  /** Undefined: the start of the last scan is what a run asks from. */
  field?: string[];
  /** Lists what moved, where it is another endpoint than that of all records. */
  endpoint?: Endpoint;
  reachMs?: number;
  filter?: Template;
  query: Record<string, Template>;
  startMs?: number;
  /** How far behind the watermark a run asks again. */
  overlapMs: number;
  /** What a run asks for at once; undefined: everything since the watermark. */
  sliceMs?: number;
  /** How close to now a slice comes. */
  settleMs?: number;
  /** Undefined: never sweeps. */
  sweepMs?: number;
}

export interface Stream {
  name: string;
  at: Place;
  definition: StreamDefinition;
  recordName: string;
  endpoint: Endpoint;
  /** Other endpoints of the same records; the first whose rule is true is taken in place of `endpoint`. */
  alternatives: { when: PlacedExpression; endpoint: Endpoint }[];
  /** Records with one value make one. */
  group?: { by: string[]; as: string };
  isOnRequest: boolean;
  /** Name of the stream that runs in its place when a permission is missing. */
  fallback?: string;
  joins: Join[];
  lookups: Lookup[];
  cursor?: Cursor;
  removed?: Removed;
  /** What changes without the record having changed: a path below a record of that name, or all of it. */
  ignored: { record: string; path: string[] }[];
  onlyNew?: { when: PlacedExpression; field: string[]; name: string };
  /** Names of OCSF classes, that of most events first. */
  eventClasses: [string, ...string[]];
  /** By name, the default first. */
  mappings: Map<string, Mapping>;
  /** Names of mappings whose events are not held to OCSF's rules. */
  unvalidated: ReadonlySet<string>;
}
