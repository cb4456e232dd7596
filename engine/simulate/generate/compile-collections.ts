/** From the collections of a simulator file to functions that make their records. */
import { didYouMean } from '../../report/suggest.ts';
import { durationMs } from '../duration.ts';
import { Collection, type Link } from './collection.ts';
import type { Cursor } from './cursor.ts';
import {
  drawUnit,
  type Generate,
  type GeneratorSpec,
  type Path,
  type Report,
  type Scope,
  type Times,
} from './kind.ts';
import { generatorKinds } from './kinds.ts';
import { hashText, mix, saltAt, unit } from './random.ts';

export interface CollectionSpec {
  /** The name of a scale, or a share of one. */
  size: string | { scale: string; ratio: number };
  /** The field that identifies a record. */
  key: string;
  /** Shares of the records without a record of the linked collection, and of those that share one with their predecessor. */
  link?: { collection: string; unmatched?: number; duplicates?: number };
  variables?: Record<string, GeneratorSpec>;
  fields: Record<string, GeneratorSpec>;
  /** What one step does: shares of records added and removed, and by field the share whose value changes. */
  changes?: { added?: number; removed?: number; fields?: Record<string, number> };
}

export interface CompileOptions {
  seed: number;
  scale: Readonly<Record<string, number>>;
  nowMs: number;
  /** The time of the first step relative to now, and the length of a step: durations. */
  steps: { from: string; length: string };
  report: Report;
}

/**
 * Compiles the collections in the order of the file; one may link to another above it. What is wrong goes to `report`, and the
 * result is then not to be used.
 */
export function compileCollections(
  specs: Readonly<Record<string, CollectionSpec>>,
  options: CompileOptions,
): Map<string, Collection> {
  const compiled = new Map<string, Collection>();
  for (const [name, spec] of Object.entries(specs)) {
    const collection = emptyCollection(name, spec, compiled, options);
    fillSlots(collection, spec, options);
    compiled.set(name, collection);
  }
  return compiled;
}

function emptyCollection(
  name: string,
  spec: CollectionSpec,
  compiled: Map<string, Collection>,
  options: CompileOptions,
): Collection {
  const path = ['collections', name];
  const { scale, ratio } = typeof spec.size === 'string' ? { scale: spec.size, ratio: 1 } : spec.size;
  const scaled = options.scale[scale];
  if (scaled === undefined) {
    options.report(
      [...path, 'size'],
      `no scale is called \`${scale}\``,
      didYouMean(scale, Object.keys(options.scale)),
    );
  }
  const size = Math.round((scaled ?? 0) * ratio);
  const added = spec.changes?.added ?? 0;
  const salt = mix(hashText(name) ^ mix(options.seed));
  return new Collection({
    name,
    key: spec.key,
    salt,
    size,
    addedPerStep: added === 0 ? 0 : Math.max(1, Math.round(size * added)),
    removedShare: spec.changes?.removed ?? 0,
    link: linkOf(spec, path, compiled, { size, salt, report: options.report }),
  });
}

/** Record j belongs to record j / ratio, where ratio is that of the sizes at the start: stable while both grow. */
function linkOf(
  spec: CollectionSpec,
  path: Path,
  compiled: Map<string, Collection>,
  own: { size: number; salt: number; report: Report },
): Link | undefined {
  if (!spec.link) return undefined;
  const collection = compiled.get(spec.link.collection);
  if (!collection) {
    own.report(
      [...path, 'link', 'collection'],
      `no collection above is called \`${spec.link.collection}\``,
      didYouMean(spec.link.collection, compiled.keys()),
    );
    return undefined;
  }
  const { unmatched = 0, duplicates = 0 } = spec.link;
  const perRecord = own.size === 0 ? 1 : collection.size / own.size;
  const salt = mix(own.salt ^ 0x165667b1);
  return {
    collection,
    indexFor: (index) => {
      const draw = unit(mix(saltAt(salt, index)));
      if (draw < unmatched) return -1;
      const shared = index > 0 && draw < unmatched + duplicates;
      return Math.floor((shared ? index - 1 : index) * perRecord);
    },
  };
}

function fillSlots(collection: Collection, spec: CollectionSpec, options: CompileOptions): void {
  const { report } = options;
  const path = ['collections', collection.name];
  const parts = [
    ...Object.entries(spec.variables ?? {}).map(([name, value]) => ({ name, value, group: 'variables' })),
    ...Object.entries(spec.fields).map(([name, value]) => ({ name, value, group: 'fields' })),
  ];
  const slotOf = new Map<string, number>();
  for (const { name, group } of parts) {
    if (slotOf.has(name)) report([...path, group, name], `\`${name}\` is the name of a variable, too`);
    slotOf.set(name, slotOf.size);
  }
  const reads = parts.map((): number[] => []);
  for (const [slot, { name, value, group }] of parts.entries()) {
    const scope = scopeFor(collection, [...path, group, name], options, {
      slotOf,
      read: (other) => reads[slot]?.push(other),
    });
    const generate = compileGenerator(value, scope);
    collection.slots.push({
      name,
      generate,
      salt: scope.salt,
      changeShare: spec.changes?.fields?.[name] ?? 0,
    });
    if (group === 'fields' && constantOf(value) === undefined) collection.varying.push({ name, slot });
  }
  // Parsed, because an object with this many keys that was put together is a slow dictionary.
  const constants = Object.entries(spec.fields).map(([name, value]) => [name, constantOf(value) ?? null]);
  collection.template = JSON.parse(JSON.stringify(Object.fromEntries(constants)));
  checkNames(spec, slotOf, path, report);
  const cycle = findCycle(reads);
  const first = cycle === undefined ? undefined : parts[cycle];
  if (first) report([...path, first.group, first.name], `\`${first.name}\` is made from itself`);
}

function checkNames(spec: CollectionSpec, slotOf: Map<string, number>, path: Path, report: Report): void {
  const fieldNames = Object.keys(spec.fields);
  if (!fieldNames.includes(spec.key)) {
    report([...path, 'key'], `no field is called \`${spec.key}\``, didYouMean(spec.key, fieldNames));
  }
  for (const name of Object.keys(spec.changes?.fields ?? {})) {
    if (!slotOf.has(name)) {
      report(
        [...path, 'changes', 'fields', name],
        `no field or variable is called \`${name}\``,
        didYouMean(name, slotOf.keys()),
      );
    }
  }
}

function scopeFor(
  collection: Collection,
  path: Path,
  options: CompileOptions,
  names: { slotOf: Map<string, number>; read: (slot: number) => void },
): Scope {
  const times: Times = {
    nowMs: options.nowMs,
    changesFromMs: options.nowMs + durationMs(options.steps.from),
    stepMs: durationMs(options.steps.length),
  };
  const find = (candidates: string[], name: string, whose: string): number => {
    const slot = candidates.indexOf(name);
    if (slot < 0)
      options.report(
        path,
        `no field or variable ${whose} is called \`${name}\``,
        didYouMean(name, candidates),
      );
    return Math.max(slot, 0);
  };
  return {
    path,
    salt: hashText(path.join('/')),
    times,
    collection,
    report: options.report,
    slot: (name) => {
      const slot = find([...names.slotOf.keys()], name, `of \`${collection.name}\``);
      names.read(slot);
      return slot;
    },
    parentSlot: (name) => {
      const { link } = collection;
      if (!link) {
        options.report(path, `\`ref\` in \`${collection.name}\`, which has no \`link\``);
        return 0;
      }
      return find(
        link.collection.slots.map((slot) => slot.name),
        name,
        `of \`${link.collection.name}\``,
      );
    },
    compile: (spec, ...below) =>
      compileGenerator(spec, scopeFor(collection, [...path, ...below], options, names)),
  };
}

function compileGenerator(spec: GeneratorSpec, scope: Scope): Generate {
  if (spec === null || typeof spec !== 'object') return () => spec;
  const generate = generatorKinds[spec.type]?.compile(spec, scope) ?? (() => null);
  const {
    absent_rate: absent = 0,
    null_rate: none = 0,
    empty_rate: empty = 0,
  } = spec as Record<string, number>;
  if (absent + none + empty === 0) return generate;
  const salt = mix(scope.salt ^ 0x7feb352d);
  return (at: Cursor) => {
    const draw = drawUnit(at, salt);
    if (draw < absent) return undefined;
    if (draw < absent + none) return null;
    return draw < absent + none + empty ? '' : generate(at);
  };
}

/** The value that a generator always makes; undefined where it varies (and for null, which needs no work either way). */
function constantOf(spec: GeneratorSpec): unknown {
  if (spec === null || typeof spec !== 'object') return spec;
  return spec.type === 'const' && Object.keys(spec).length === 2 ? spec.value : undefined;
}

/** A slot that reads itself by way of others, if there is one. */
function findCycle(reads: readonly (readonly number[])[]): number | undefined {
  const state = new Map<number, 'open' | 'done'>();
  const visit = (slot: number): boolean => {
    if (state.get(slot) === 'open') return true;
    if (state.get(slot) === 'done') return false;
    state.set(slot, 'open');
    if ((reads[slot] ?? []).some(visit)) return true;
    state.set(slot, 'done');
    return false;
  };
  return reads.findIndex((_, slot) => visit(slot)) >= 0
    ? reads.findIndex((_, slot) => state.get(slot) === 'open')
    : undefined;
}
