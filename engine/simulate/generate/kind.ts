/** The contract of a generator kind: its keys in the YAML, and how they become a function from a record's place to a value. */
import type { JsonBytes } from '../json-bytes.ts';
import type { Collection } from './collection.ts';
import type { Cursor } from './cursor.ts';
import { mix, unit } from './random.ts';
import type { Code } from './write-code.ts';

export type JsonSchema = Record<string, unknown>;
export type Path = readonly (string | number)[];

/** Makes a value; `undefined` leaves the key out. */
export type Generate = (at: Cursor) => unknown;

/** Writes a value as JSON; nothing where there is none. */
export type Write = (at: Cursor, out: JsonBytes) => void;

/** How a value is made, and how it is written where no one needs to see it. */
export interface Maker {
  make: Generate;
  /** The same value as `make`, written by a function or by code; without either, what `make` makes is written. */
  write?: Write;
  code?: Code;
  /** The JSON of a value that is always the same. */
  constant?: string | undefined;
  choice?: Choice | undefined;
}

/** A value that is one of a few: all of them, and which one it is. */
export interface Choice {
  values: readonly unknown[];
  at(cursor: Cursor): number;
}

/** Reports something wrong at a path of the YAML. */
export type Report = (path: Path, message: string, fix?: string) => void;

/** A generator as written: a scalar is itself, an object is of the kind that its `type` names. */
export type GeneratorSpec = string | number | boolean | null | ({ type: string } & Record<string, unknown>);

/** Times that generators share, in milliseconds since the epoch (`stepMs`: length). */
export interface Times {
  nowMs: number;
  /** Where the first step begins: what changes in step k gets a time within that step. */
  changesFromMs: number;
  stepMs: number;
}

/** What a generator sees while it is compiled. */
export interface Scope {
  path: Path;
  /** Unlike that of any other generator, and independent of the order in the file. */
  salt: number;
  times: Times;
  collection: Collection;
  /** The slot of a field or variable of the same record; reports an unknown name. */
  slot(name: string): number;
  /** A link (the first one without a name) and the slot of a field or variable behind it; reports an unknown name or a missing link. */
  linkedSlot(name: string, link?: string): { link: number; slot: number };
  /** A collection by name, wherever in the file; only when a record is made, because all are compiled by then. */
  collectionNamed(name: string): () => Collection;
  compile(spec: GeneratorSpec, ...below: (string | number)[]): Maker;
  report: Report;
}

export interface GeneratorKind<Spec> {
  /** JSON Schemas of its keys besides `type` and the rates. */
  properties: JsonSchema;
  required: readonly string[];
  compile(spec: Spec, scope: Scope): Generate | Maker;
}

/** A number in [0, 1) for this generator and this record. */
export function drawUnit(at: Cursor, salt: number): number {
  return unit(mix(at.base ^ salt));
}

/** An integer in [min, max] for this generator and this record. */
export function drawInteger(at: Cursor, salt: number, min: number, max: number): number {
  return min + Math.floor(drawUnit(at, salt) * (max - min + 1));
}
