/** What does a lane work with? Everything that reaches outside is made by whoever starts it. */
import type { LaneStore } from '../checkpoint/lane-store.ts';
import type { Endpoint, Join, Lookup, Stream } from '../compile/connector.ts';
import type { Scope } from '../compile/template.ts';
import type { PageReader } from '../fetch/page-reader.ts';
import type { RateLimiter } from '../fetch/rate-limit.ts';
import type { Walk } from '../fetch/walk.ts';
import type { GroupTable } from '../join/group-table.ts';
import type { JoinTable } from '../join/join-table.ts';
import type { LookupRound } from '../lookup/lookup-round.ts';
import type { MapThreads } from '../map/batches/map-threads.ts';
import type { Mapping } from '../map/evaluate.ts';
import type { EventForm } from '../map/line-mapper.ts';
import type { Needed } from '../map/needs.ts';
import type { DeadLetters } from '../write/dead-letters.ts';
import type { Destination } from '../write/destination.ts';
import type { Replay } from './replay.ts';
import type { ScanPlan } from './scan-plan.ts';

/** A join that the settings turn on, with the table of its list. */
export interface OpenJoin {
  join: Join;
  table: JoinTable;
  /** The table holds a list of an earlier run that is still good. */
  isFilled: boolean;
  /** The key is known to exist from recorded answers. */
  isKeyKnown: boolean;
  /** Names of the only members of its records that are of use; all, when absent. */
  needed: readonly string[] | undefined;
}

export interface LaneOptions {
  name: string;
  stream: Stream;
  mapping: Mapping;
  store: LaneStore;
  destinations: readonly Destination[];
  deadLetters: DeadLetters;
  joins(isFullAsked: boolean): OpenJoin[];
  /** Lookups that the settings turn on. */
  lookups: readonly Lookup[];
  round(inputs: readonly Record<string, unknown>[]): LookupRound;
  groupTable(): GroupTable;
  /** What mappings see of the settings. */
  settings: Scope;
  /** Identity of the configured connector. */
  connection: string;
  /** The join key of the stream's own records is known from recorded answers. */
  isRecordKnown: boolean;
  isOnlyNew: boolean;
  isFullAsked: boolean;
  isRollbackAccepted: boolean;
  /** Dead letters to be played in place of what the vendor lists; nothing of time is moved then, and nothing found gone. */
  replay?: Replay;
  /** Bound of the slice, in milliseconds since the epoch. */
  now: number;
  /** The mapping's time, where it is fixed; the page's fetch time otherwise. */
  mappingNow: number | undefined;
  /** What true OCSF is; undefined for a mapping whose events need not be. */
  form: Required<EventForm> | undefined;
  /** What the mapping needs of its input; undefined where that is everything. */
  needed: Needed | undefined;
  /** A thread that maps as the lane does; undefined where there is none to be had. */
  mapThread(): MapThreads | undefined;
  /**
   * A walk over an endpoint; with a plan over what it asks for, for the stream's own.
   * @param members names of the only ones that are asked for, where the vendor takes such names; all, when absent
   */
  walk(endpoint: Endpoint, plan?: ScanPlan, members?: readonly string[]): Promise<Walk>;
  /** Who hashes pages. */
  pages: PageReader;
  random(): number;
  /** A page that cannot be read however often it is asked for is passed over, where the one after it can be known. */
  isPoisonSkipped: boolean;
  /** The budget of the endpoint's API, which other lanes share. */
  rateLimiter(endpoint: Endpoint): RateLimiter;
}
