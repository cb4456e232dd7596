/** A connector, compiled: what its author wrote, checked and ready to be configured and run. */
import type {
  ApiDefinition,
  AuthDefinition,
  ConnectorDefinition,
  CursorDefinition,
  EndpointDefinition,
  JoinDefinition,
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
  /** Those of the endpoint first, then those of its API. */
  responses: ResponseRule[];
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
}

export interface Cursor {
  definition: CursorDefinition;
  field: string[];
  filter?: Template;
  query: Record<string, Template>;
  startMs?: number;
  overlapMs: number;
  /** Undefined: never sweeps. */
  sweepMs?: number;
}

export interface Stream {
  name: string;
  at: Place;
  definition: StreamDefinition;
  recordName: string;
  endpoint: Endpoint;
  joins: Join[];
  cursor?: Cursor;
  onlyNew?: { when: PlacedExpression; field: string[]; name: string };
  /** Name of the OCSF class. */
  eventClass: string;
  /** By name, the default first. */
  mappings: Map<string, Mapping>;
}
