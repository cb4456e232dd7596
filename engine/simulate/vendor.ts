/** The vendor that is played: its records, its credentials, its quotas, and what it has seen. */
import { EngineError } from '../errors.ts';
import { didYouMean } from '../report/suggest.ts';
import type { BatchSpec } from './answer-batch.ts';
import { Audit } from './audit.ts';
import type { Authority } from './auth/kind.ts';
import { authKinds } from './auth/kinds.ts';
import { ChangeRows, type ChangesSpec, type StepTimes } from './change-rows.ts';
import { DEFAULT_STEPS, type EndpointSpec, type SimulatorDefinition } from './definition.ts';
import { durationMs } from './duration.ts';
import type { ExportFile } from './export-files.ts';
import type { FaultRule } from './faults/fault.ts';
import { FaultPlan } from './faults/fault-plan.ts';
import type { Collection } from './generate/collection.ts';
import { compileCollections } from './generate/compile-collections.ts';
import { sequence } from './generate/random.ts';
import { uuidFrom } from './generate/uuid.ts';
import { KeyIndex } from './key-index.ts';
import { orderOf } from './order.ts';
import { type MatchPath, pathPattern } from './path-pattern.ts';
import { Quota } from './quota.ts';
import { Recent } from './recent.ts';
import { type Mark, type Order, Scan } from './scan.ts';
import { fillText, type Values } from './template.ts';

export interface VendorOptions {
  /** `http://127.0.0.1:PORT`. */
  origin: string;
  seed: number;
  scale: Readonly<Record<string, number>>;
  faults: readonly FaultRule[];
  certificates: readonly string[];
  /** What the records' times are relative to. */
  recordsNowMs: number;
  nowMs(): number;
}

export interface Endpoint {
  name: string;
  spec: EndpointSpec;
  match: MatchPath;
  collection: Collection;
  authority: Authority;
}

export interface Batch {
  name: string;
  spec: BatchSpec;
  match: MatchPath;
  authority: Authority;
}

export class Vendor {
  readonly definition: SimulatorDefinition;
  readonly origin: string;
  /** Leads here, too, but is another origin. */
  readonly otherOrigin: string;
  readonly settings: Record<string, string>;
  readonly secrets: Record<string, string>;
  readonly constants: Values;
  readonly authorities: Authority[];
  readonly endpoints: Endpoint[];
  readonly batches: Batch[];
  /** Files that were listed, by path. */
  readonly files = new Map<string, ExportFile>();
  readonly collections: ReadonlyMap<string, Collection>;
  readonly quotas: ReadonlyMap<string, Quota>;
  readonly audit = new Audit();
  readonly faults: FaultPlan;
  readonly nowMs: () => number;
  /** Steps taken so far. */
  epoch = 0;
  /** A number in [0, 1), another one each time. */
  readonly random: () => number;
  readonly #marks = new Recent<Mark>(64);
  readonly #orders = new Recent<Order>(8);
  readonly #changes = new Recent<ChangeRows>(4);
  readonly #keys = new KeyIndex();
  readonly #stepTimes: StepTimes;

  constructor(definition: SimulatorDefinition, options: VendorOptions) {
    this.definition = definition;
    this.origin = options.origin;
    this.otherOrigin = options.origin.replace('127.0.0.1', 'localhost');
    this.nowMs = options.nowMs;
    this.faults = new FaultPlan(options.faults, options.seed);
    this.random = sequence(options.seed);
    this.secrets = { ...definition.connect.secrets };
    this.settings = resolveSettings(definition.connect.settings, options.origin);
    this.constants = constantsOf(options.origin, this.settings, this.secrets);
    const steps = definition.steps ?? DEFAULT_STEPS;
    this.#stepTimes = {
      fromMs: options.recordsNowMs + durationMs(steps.from),
      lengthMs: durationMs(steps.length),
    };
    this.collections = compileCollections(definition.collections, {
      seed: options.seed,
      scale: overridden(definition.scale, options.scale),
      nowMs: options.recordsNowMs,
      steps,
      report: (path, message) => {
        throw new Error(`${path.join('.')}: ${message}`);
      },
    });
    this.quotas = new Map(
      Object.entries(definition.quotas ?? {}).map(([name, spec]) => [name, new Quota(spec)]),
    );
    const authorities = new Map(
      Object.entries(definition.auth).map(([name, spec]) => {
        const { constants, nowMs } = this;
        const context = { nowMs, random: this.random, constants, certificates: options.certificates };
        return [name, known(authKinds, spec.type).open(spec, context)] as const;
      }),
    );
    this.authorities = [...authorities.values()];
    this.endpoints = Object.entries(definition.endpoints).map(([name, spec]) => ({
      name,
      spec,
      match: pathPattern(spec.path),
      collection: known(Object.fromEntries(this.collections), spec.collection),
      authority: known(Object.fromEntries(authorities), spec.auth),
    }));
    this.batches = Object.entries(definition.batches ?? {}).map(([name, spec]) => ({
      name,
      spec,
      match: pathPattern(spec.path),
      authority: known(Object.fromEntries(authorities), spec.auth),
    }));
  }

  endpointAt(path: string): Endpoint | undefined {
    return this.endpoints.find(({ match }) => match(path));
  }

  collectionNamed(name: string): Collection {
    return known(Object.fromEntries(this.collections), name);
  }

  /** Values that every answer's texts may use; ids are drawn anew each time. */
  values(path: string): Values {
    const now = new Date(this.nowMs()).toISOString();
    return {
      ...this.constants,
      path,
      now,
      date: now.slice(0, 19),
      timestamp: `${now.slice(0, 10)} ${now.slice(11, 19)}Z`,
      trace_id: this.uuid(),
      correlation_id: this.uuid(),
    };
  }

  /** The mark of a walk by rows. Few are kept: a walk that lost its mark is only slower. */
  mark(key: string): Mark {
    return this.#marks.get(key, () => ({ row: 0, place: 0 }));
  }

  order(collection: Collection, epoch: number, asked: string): Order {
    return this.#orders.get([collection.name, epoch, asked].join('\n'), () =>
      orderOf(collection, epoch, asked),
    );
  }

  /** All records of a collection as they are now. */
  all(collection: Collection): Scan {
    return new Scan(collection, this.epoch, { mark: { row: 0, place: 0 } });
  }

  /** What happened up to a step, from the beginning of a block of time. */
  changes({ name, spec, collection }: Endpoint, epoch: number, fromMs: number): ChangeRows {
    const options = { spec: spec.changes as ChangesSpec, times: this.#stepTimes, fromMs };
    return this.#changes.get(
      [name, epoch, fromMs].join('\n'),
      () => new ChangeRows(collection, epoch, options),
    );
  }

  /** The index of the record with a key, if it exists at a step. */
  indexOf(collection: Collection, key: string, epoch: number): number | undefined {
    const index = this.#keys.indexOf(collection, key, epoch);
    return index !== undefined && collection.isAlive(index, epoch) ? index : undefined;
  }

  /** A new random UUID. */
  uuid(): string {
    const word = () => Math.floor(this.random() * 0x1_0000_0000) | 0;
    return uuidFrom(word(), word(), word(), word());
  }
}

/** A setting may use `${origin}` and `${settings.*}` of those above it. */
function resolveSettings(texts: Readonly<Record<string, string>>, origin: string): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const [name, text] of Object.entries(texts)) {
    settings[name] = fillText(text, constantsOf(origin, settings, {}));
  }
  return settings;
}

function constantsOf(
  origin: string,
  settings: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): Values {
  const prefixed = (group: string, entries: Readonly<Record<string, string>>) =>
    Object.entries(entries).map(([name, value]) => [`${group}.${name}`, value]);
  return Object.fromEntries([
    ['origin', origin],
    ...prefixed('settings', settings),
    ...prefixed('secrets', secrets),
  ]);
}

function overridden(
  defaults: Readonly<Record<string, number>>,
  scale: Readonly<Record<string, number>>,
): Record<string, number> {
  for (const [name, count] of Object.entries(scale)) {
    const names = Object.keys(defaults);
    if (!names.includes(name)) {
      throw new EngineError({
        code: 'simulate-unknown-scale',
        kind: 'usage',
        message: `no scale is called \`${name}\`, expected ${names.map((known) => `\`${known}\``).join(', ')}`,
        fix: didYouMean(name, names) ?? 'Use one of these names.',
      });
    }
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new EngineError({
        code: 'simulate-wrong-scale',
        kind: 'usage',
        message: `the scale \`${name}\` is ${count}, expected a whole number from 0`,
      });
    }
  }
  return { ...defaults, ...scale };
}

function known<T>(catalogue: Readonly<Record<string, T>>, name: string): T {
  const found = catalogue[name];
  if (found === undefined) throw new Error(`no \`${name}\` in a simulator that was checked`);
  return found;
}
