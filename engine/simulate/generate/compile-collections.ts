/** From the collections of a simulator file to functions that make their records. */
import { didYouMean } from '../../report/suggest.ts';
import { durationMs } from '../duration.ts';
import { Collection, type Slot } from './collection.ts';
import { compileLinks, type LinkSpec } from './compile-links.ts';
import { always } from './const.ts';
import type { Cursor } from './cursor.ts';
import {
  drawUnit,
  type GeneratorSpec,
  type Maker,
  type Path,
  type Report,
  type Scope,
  type Times,
  type Write,
} from './kind.ts';
import { generatorKinds } from './kinds.ts';
import { type Places, placesFor } from './link.ts';
import { hashText, mix } from './random.ts';
import { branchCode, codeOf, compileLate, drawCode, putCode, writeOf, writerOf } from './write-code.ts';
import { objectCode } from './write-object.ts';

export interface CollectionSpec {
  /** The name of a scale, a share of one, or as many as a scale says for each record of a collection above, which is then its link. */
  size: string | { scale: string; ratio: number } | { of: string; times: string };
  /** The field that identifies a record. */
  key: string;
  /** Shares of the records without a record of the linked collection, and of those that share one with their predecessor. */
  link?: { collection: string; unmatched?: number; duplicates?: number };
  /** Further links by name, each to one of the records of the start: any, or another one for each record of one parent. */
  links?: Record<string, LinkSpec>;
  variables?: Record<string, GeneratorSpec>;
  fields: Record<string, GeneratorSpec>;
  /** What only some endpoints show: further fields, or other values of these. */
  details?: Record<string, GeneratorSpec>;
  /** What one step does: shares of records added and removed, and by field the share whose value changes, or the field that it changes with. */
  changes?: { added?: number; removed?: number; fields?: Record<string, number | string> };
}

export interface CompileOptions {
  seed: number;
  scale: Readonly<Record<string, number>>;
  nowMs: number;
  /** The time of the first step relative to now, and the length of a step: durations. */
  steps: { from: string; length: string };
  report: Report;
}

/** With the names of all collections. */
interface Compiling extends CompileOptions {
  names: readonly string[];
}

/**
 * Compiles the collections in the order of the file; one may link to another above it. What is wrong goes to `report`, and the
 * result is then not to be used.
 */
export function compileCollections(
  specs: Readonly<Record<string, CollectionSpec>>,
  given: CompileOptions,
): Map<string, Collection> {
  const options: Compiling = { ...given, names: Object.keys(specs) };
  const compiled = new Map<string, Collection>();
  for (const [name, spec] of Object.entries(specs)) {
    const collection = emptyCollection(name, spec, compiled, options);
    fillSlots(collection, spec, options, compiled);
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
  const salt = mix(hashText(name) ^ mix(options.seed));
  const share = spec.changes?.added ?? 0;
  const added = (size: number) => (share === 0 ? 0 : Math.max(1, Math.round(size * share)));
  const { size, places, addedPerStep } = extentOf(spec, path, compiled, { ...options, added });
  return new Collection({
    name,
    key: spec.key,
    salt,
    size,
    addedPerStep,
    removedShare: spec.changes?.removed ?? 0,
    links: compileLinks(spec, path, compiled, { size, addedPerStep, salt, places, report: options.report }),
  });
}

/** How many records there are at the start and come with each step. */
function extentOf(
  { size }: CollectionSpec,
  path: Path,
  compiled: Map<string, Collection>,
  { scale, report, added }: CompileOptions & { added(size: number): number },
): { size: number; addedPerStep: number; places?: Places } {
  const countOf = (name: string): number => {
    if (scale[name] === undefined) {
      report([...path, 'size'], `no scale is called \`${name}\``, didYouMean(name, Object.keys(scale)));
    }
    return scale[name] ?? 0;
  };
  if (typeof size === 'string' || 'scale' in size) {
    const { scale: name, ratio } = typeof size === 'string' ? { scale: size, ratio: 1 } : size;
    const count = Math.round(countOf(name) * ratio);
    return { size: count, addedPerStep: added(count) };
  }
  const of = compiled.get(size.of);
  const times = countOf(size.times);
  if (!of) {
    const fix = didYouMean(size.of, compiled.keys());
    report([...path, 'size', 'of'], `no collection above is called \`${size.of}\``, fix);
    return { size: 0, addedPerStep: 0 };
  }
  const count = of.size * times;
  const extra = count === 0 ? 0 : added(count);
  return {
    size: count,
    addedPerStep: of.addedPerStep * times + extra,
    places: placesFor(of, times, extra),
  };
}

function fillSlots(
  collection: Collection,
  spec: CollectionSpec,
  options: Compiling,
  compiled: ReadonlyMap<string, Collection>,
): void {
  const { report } = options;
  const path = ['collections', collection.name];
  const parts = [
    ...Object.entries(spec.variables ?? {}).map(([name, value]) => ({ name, value, group: 'variables' })),
    ...Object.entries(spec.fields).map(([name, value]) => ({ name, value, group: 'fields' })),
    ...Object.entries(spec.details ?? {}).map(([name, value]) => ({
      name: `details.${name}`,
      value,
      group: 'details',
    })),
  ];
  const slotOf = new Map<string, number>();
  for (const { name, group } of parts) {
    if (slotOf.has(name)) report([...path, group, name], `\`${name}\` is the name of a variable, too`);
    slotOf.set(name, slotOf.size);
  }
  const reads = parts.map((): number[] => []);
  const together = changeShares(spec, path, report);
  for (const [slot, { name, value, group }] of parts.entries()) {
    const scope = scopeFor(collection, [...path, group, name], options, {
      slotOf,
      compiled,
      read: (other) => reads[slot]?.push(other),
    });
    const generator = compileGenerator(value, scope);
    const { share, leader } = together.get(name) ?? { share: 0, leader: undefined };
    const changeSalt = leader === undefined ? scope.salt : hashText([...path, 'changes', leader].join('/'));
    // What is only made is kept for the record.
    const write: Write = generator.write ?? ((at, out) => out.value(at.read(slot)));
    const { salt } = scope;
    const made: Slot = { ...generator, write, name, salt, changeShare: share, changeSalt };
    if (generator.code) compileLate(made, () => writeOf(generator));
    collection.slots.push(made);
    if (group === 'details') collection.details.set(name.slice('details.'.length), slot);
    if (group === 'fields' && generator.constant === undefined) collection.varying.push({ name, slot });
  }
  fillRecord(collection, Object.keys(spec.fields), slotOf);
  checkNames(spec, slotOf, path, report);
  const cycle = findCycle(reads);
  const first = cycle === undefined ? undefined : parts[cycle];
  if (first) report([...path, first.group, first.name], `\`${first.name}\` is made from itself`);
}

/** What a record is made from, and how it is written. */
function fillRecord(collection: Collection, fields: readonly string[], slotOf: Map<string, number>): void {
  const members = fields.map((name) => {
    const slot = slotOf.get(name) as number;
    const { make, code, constant, changeShare } = collection.slots[slot] as Slot;
    if (code && changeShare === 0) return [name, { make, code, constant }] as const;
    const write: Write = (at, out) => at.write(slot, out);
    return [name, { make, write, constant }] as const;
  });
  // Parsed, because an object with this many keys that was put together is a slow dictionary.
  const texts = members.map(([name, { constant = 'null' }]) => `${JSON.stringify(name)}:${constant}`);
  collection.template = JSON.parse(`{${texts.join()}}`);
  collection.members = members;
  compileLate(collection, () => writerOf(objectCode(members)));
}

/** By name the share of records whose value a step changes, and the value that it changes with. */
function changeShares(
  spec: CollectionSpec,
  path: Path,
  report: Report,
): Map<string, { share: number; leader: string | undefined }> {
  const fields = spec.changes?.fields ?? {};
  const leaders = new Set(Object.values(fields).filter((change) => typeof change === 'string'));
  const shares = new Map<string, { share: number; leader: string | undefined }>();
  for (const [name, change] of Object.entries(fields)) {
    const share = typeof change === 'number' ? change : fields[change];
    if (typeof share === 'number') {
      // The leader of others has their salt, so that all of them change at once.
      const leader = typeof change === 'string' ? change : leaders.has(name) ? name : undefined;
      shares.set(name, { share, leader });
    } else report([...path, 'changes', 'fields', name], `\`${change}\` has no share that changes`);
  }
  return shares;
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
  options: Compiling,
  names: {
    slotOf: Map<string, number>;
    compiled: ReadonlyMap<string, Collection>;
    read: (slot: number) => void;
  },
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
    linkedSlot: (name, linkName) => {
      const nth = linkName === undefined ? 0 : collection.linkNames.indexOf(linkName);
      const link = collection.links[nth];
      if (!link) {
        const missing = linkName === undefined ? 'no `link`' : `no link \`${linkName}\``;
        options.report(path, `\`ref\` in \`${collection.name}\`, which has ${missing}`);
        return { link: 0, slot: 0 };
      }
      const candidates = link.collection.slots.map((slot) => slot.name);
      return { link: nth, slot: find(candidates, name, `of \`${link.collection.name}\``) };
    },
    collectionNamed: (name) => {
      const known = [...options.names];
      if (!known.includes(name)) {
        options.report(path, `no collection is called \`${name}\``, didYouMean(name, known));
      }
      return () => names.compiled.get(name) as Collection;
    },
    compile: (spec, ...below) =>
      compileGenerator(spec, scopeFor(collection, [...path, ...below], options, names)),
  };
}

function compileGenerator(spec: GeneratorSpec, scope: Scope): Maker {
  if (spec === null || typeof spec !== 'object') return always(spec);
  const compiled = generatorKinds[spec.type]?.compile(spec, scope) ?? always(null);
  const generator = typeof compiled === 'function' ? { make: compiled } : compiled;
  const {
    absent_rate: absent = 0,
    null_rate: none = 0,
    empty_rate: empty = 0,
  } = spec as Record<string, number>;
  if (absent + none + empty === 0) return generator;
  const salt = mix(scope.salt ^ 0x7feb352d);
  const { make, choice } = generator;
  const rare = [undefined, null, ''];
  const rareAt = (draw: number) => (draw < absent ? 0 : draw < absent + none ? 1 : 2);
  const rarely = absent + none + empty;
  return {
    make: (at) => {
      const draw = drawUnit(at, salt);
      return draw < rarely ? rare[rareAt(draw)] : make(at);
    },
    code: (given) =>
      drawCode(salt) +
      branchCode(
        [absent, absent + none, rarely],
        ['', putCode('null'), putCode('""'), codeOf(generator, given)],
      ),
    ...(choice && {
      choice: {
        values: [...rare, ...choice.values],
        at: (at: Cursor) => {
          const draw = drawUnit(at, salt);
          return draw < rarely ? rareAt(draw) : rare.length + choice.at(at);
        },
      },
    }),
  };
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
