/**
 * Reads a record from the bytes of a line of JSON, but only what a mapping needs of it: all of the line is looked at, so that
 * nothing is taken for JSON that is none, but values are only made of what is needed, and where a string lies is noted.
 */
import type { StringsRead } from './compiler/runtime/json-bytes.ts';
import { JsonScanner, QUOTE } from './json-scanner.ts';
import type { Needed } from './needs.ts';

/** A member that is needed. Its value, and where that lies, are at its slot. */
interface Member {
  slot: number;
  /** For an object of which not all is needed. */
  plan: Plan | undefined;
  /** The round of the plan in which it was there last. */
  seen: number;
}

interface Plan {
  slot: number;
  members: Map<string, Member>;
  make: (values: readonly unknown[]) => unknown;
  /** Names as they were written so far, by their text from the comma before to the value after. */
  labels: Map<string, Label>;
  first: Label | undefined;
  rounds: number;
}

interface Label {
  length: number;
  /** Its bytes, eight at a time, but for the last ones. */
  words: Float64Array;
  /** Its last eight bytes; 0 for a shorter one. */
  tail: number;
  /** Its first four bytes and its last four. */
  first: number;
  last: number;
  member: Member | undefined;
  /** What followed last time. */
  next: Label | undefined;
}

const [OPEN, CLOSE, COMMA, COLON, SPACE] = [0x7b, 0x7d, 0x2c, 0x3a, 0x20];
/** Names of one object that are remembered: those of a dictionary have no end. */
const LABELS_MAX = 1000;

export class RecordReader implements StringsRead {
  /**
   * What the slots hold: made values, undefined for what is not there. New for each record, because V8 keeps account of what
   * is young in a list that is old.
   */
  values: unknown[] = [];
  /** Where strings that may be written as they were read begin, with their quotes; -1 for all other values. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  bytes: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Where the line that was read ends, after its newline. */
  end = 0;
  #text = '';
  #size = 0;
  readonly #scanner = new JsonScanner();
  readonly #root: Plan;
  /** The slots of a record without any member. */
  readonly #none: readonly unknown[];

  constructor(needed: Needed) {
    this.#root = this.#plan(needed);
    this.#none = this.values.slice();
    this.starts = new Int32Array(this.values.length);
    this.ends = new Int32Array(this.values.length);
  }

  /** @param bytes whole lines, the last one too with its newline */
  open(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#text = bytes.toString('latin1');
    this.#size = bytes.length;
    this.#scanner.open(bytes, this.view);
  }

  /**
   * The record of a line, without the members that are not needed; undefined where only reading all of it can tell.
   * @param at where the line begins
   */
  read(at: number): Record<string, unknown> | undefined {
    this.forget();
    const { bytes } = this;
    let from = this.#space(at);
    if (bytes[from] === OPEN) from = this.#object(this.#root, from + 1);
    else return undefined;
    if (from >= 0) from = this.#space(from);
    if (bytes[from] === NEWLINE) {
      this.end = from + 1;
      return this.values[0] as Record<string, unknown>;
    }
    this.forget();
    return undefined;
  }

  /** Nothing is known of what was read before. */
  forget(): void {
    this.values = this.#none.slice();
  }

  /** Slots for an object that is needed, and for its members. */
  #plan(needed: Needed): Plan {
    const members = new Map<string, Member>();
    const plan: Plan = {
      slot: this.values.push(undefined) - 1,
      members,
      make: () => undefined,
      labels: new Map(),
      first: undefined,
      rounds: 0,
    };
    for (const [name, member] of needed.members) {
      const inner = member.isWhole ? undefined : this.#plan(member);
      const slot = inner ? inner.slot : this.values.push(undefined) - 1;
      members.set(name, { slot, plan: inner, seen: 0 });
    }
    const fields = [...members].map(([name, { slot }]) => `${JSON.stringify(name)}: values[${slot}]`);
    plan.make = new Function('values', `"use strict"; return { ${fields.join(', ')} };`) as Plan['make'];
    return plan;
  }

  /** Reads an object from behind its bracket; gives where it ends, or -1. */
  #object(plan: Plan, start: number): number {
    const { bytes } = this;
    const scanner = this.#scanner;
    const round = ++plan.rounds;
    let label = plan.first;
    let at = start;
    if (label === undefined || !this.#isAt(label, at)) {
      at = this.#space(at);
      label = bytes[at] === CLOSE ? undefined : this.#label(plan, start, at);
      if (label === undefined && bytes[at] !== CLOSE) return -1;
      if (label) plan.first = label;
      at = start;
    }
    while (label !== undefined) {
      at = this.#space(at + label.length);
      const { member } = label;
      if (member === undefined) at = bytes[at] === QUOTE ? scanner.string(at) : scanner.skip(at);
      else {
        // Of two members with one name the last counts, with all that is in it.
        if (member.seen === round) return -1;
        member.seen = round;
        at = this.#wanted(member, at);
      }
      if (at < 0) return -1;
      // Most often the name that followed last time.
      if (label.next !== undefined && this.#isAt(label.next, at)) {
        label = label.next;
        continue;
      }
      const end = this.#space(at);
      if (bytes[end] === CLOSE) break;
      if (bytes[end] !== COMMA) return -1;
      const found = this.#label(plan, at, this.#space(end + 1));
      if (found === undefined) return -1;
      label.next = found;
      label = found;
    }
    this.values[plan.slot] = plan.make(this.values);
    return this.#space(at) + 1;
  }

  /** The name at a place, with what is before it from `start` on; undefined where none is, or an unusual one. */
  #label(plan: Plan, start: number, at: number): Label | undefined {
    if (this.bytes[at] !== QUOTE) return undefined;
    const end = this.#scanner.skip(at);
    if (end < 0 || this.#scanner.hasEscape) return undefined;
    const colon = this.#space(end);
    if (this.bytes[colon] !== COLON) return undefined;
    const text = this.#text.slice(start, this.#space(colon + 1));
    const known = plan.labels.get(text);
    if (known) return known;
    const name = this.bytes.toString('utf8', at + 1, end - 1);
    const label = labelOf(text, plan.members.get(name));
    if (plan.labels.size < LABELS_MAX) plan.labels.set(Buffer.from(text, 'latin1').toString('latin1'), label);
    return label;
  }

  /** Makes the value of a member; gives where it ends, or -1. */
  #wanted(member: Member, at: number): number {
    const byte = this.bytes[at] as number;
    if (byte === OPEN && member.plan) return this.#object(member.plan, at + 1);
    const { slot } = member;
    this.starts[slot] = -1;
    if (byte === QUOTE) {
      const end = this.#scanner.string(at);
      if (end >= 0) this.#string(slot, at, end);
      return end;
    }
    const end = this.#scanner.skip(at);
    if (end >= 0) this.values[slot] = this.#scalar(byte, at, end);
    return end;
  }

  #string(slot: number, start: number, end: number): void {
    const { hasEscape, isAscii } = this.#scanner;
    if (!hasEscape && isAscii) this.values[slot] = this.#text.substring(start + 1, end - 1);
    else {
      const json = this.bytes.toString('utf8', start, end);
      this.values[slot] = hasEscape ? JSON.parse(json) : json.slice(1, -1);
      // What is no UTF-8 is read as this character, and escapes are written in one way only.
      if (hasEscape || json.includes('\ufffd')) return;
    }
    this.starts[slot] = start;
    this.ends[slot] = end;
  }

  #scalar(byte: number, start: number, end: number): unknown {
    switch (byte) {
      case LETTER_N:
        return null;
      case LETTER_T:
        return true;
      case LETTER_F:
        return false;
      default:
        return byte >= ZERO && byte <= NINE && end - start <= DIGITS_MAX && this.#scanner.isInteger
          ? this.#integer(start, end)
          : JSON.parse(this.bytes.toString('utf8', start, end));
    }
  }

  #integer(start: number, end: number): number {
    let number = 0;
    for (let at = start; at < end; at++) number = number * 10 + ((this.bytes[at] as number) - ZERO);
    return number;
  }

  #space(at: number): number {
    return (this.bytes[at] as number) > SPACE ? at : this.#scanner.space(at);
  }

  /**
   * Whether a name is at a place, compared eight bytes at a time. What is no UTF-8 may be a number that is none there: it is not
   * found, and looked at byte by byte.
   */
  #isAt({ length, words, tail, first, last }: Label, at: number): boolean {
    if (length < HALF || at + length > this.#size) return false;
    const { view } = this;
    if (length < WORD) {
      return view.getInt32(at, true) === first && view.getInt32(at + length - HALF, true) === last;
    }
    for (let index = 0; index < words.length; index++) {
      if (view.getFloat64(at + index * WORD, true) !== words[index]) return false;
    }
    return view.getFloat64(at + length - WORD, true) === tail;
  }
}

const [NEWLINE, ZERO, NINE, LETTER_N, LETTER_T, LETTER_F] = [0x0a, 0x30, 0x39, 0x6e, 0x74, 0x66];
/** Integers of so many digits fit a small number. */
const DIGITS_MAX = 9;

const [WORD, HALF] = [8, 4];

/** @param text each byte as the character of the same number */
function labelOf(text: string, member: Member | undefined): Label {
  const { length } = text;
  // A copy, because the text around it is not kept; a short one is longer by what no text has.
  const bytes = Buffer.alloc(Math.max(length, HALF));
  bytes.write(text, 'latin1');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = Float64Array.from({ length: Math.floor(length / WORD) }, (_, index) =>
    view.getFloat64(index * WORD, true),
  );
  const [first, last] = [view.getInt32(0, true), view.getInt32(bytes.length - HALF, true)];
  return {
    length,
    words,
    first,
    last,
    tail: length < WORD ? 0 : view.getFloat64(length - WORD, true),
    member,
    next: undefined,
  };
}
