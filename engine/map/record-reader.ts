/**
 * Reads a record from a line of JSON, but only what a mapping needs of it. Records of one source are written alike: from one
 * record that was read in full, a regular expression is made that recognises those with the same members in the same order
 * and takes out the values that are needed, which is several times faster than reading all of them.
 */
import type { Needed } from './needs.ts';

/** A record that was recognised, and where the next line begins. */
export interface Read {
  record: Record<string, unknown>;
  end: number;
}

interface Shape {
  pattern: RegExp;
  build: (found: RegExpExecArray) => Record<string, unknown>;
}

/** Shapes that are kept. A source whose records have more is read in full. */
const SHAPES_MAX = 8;
/** Lines that are looked at for a shape; not all of them have one. */
const LESSONS_MAX = 32;
/** After so many lines, shapes that recognise less than half of them are given up. */
const TRIAL_LINES = 500;
const PATTERN_MAX = 60_000;

export class RecordReader {
  readonly #needed: Needed;
  #shapes: Shape[] = [];
  #learned = 0;
  #tried = 0;
  #recognised = 0;

  constructor(needed: Needed) {
    this.#needed = needed;
  }

  /**
   * The record of a line, without the members that are not needed; undefined where only reading all of it can tell.
   * @param lines whole lines, each byte as the character of the same number
   * @param at where the line begins
   */
  read(lines: string, at: number): Read | undefined {
    if (this.#shapes.length === 0) return undefined;
    this.#tried++;
    for (let index = 0; index < this.#shapes.length; index++) {
      const shape = this.#shapes[index] as Shape;
      shape.pattern.lastIndex = at;
      const found = matched(shape.pattern, lines);
      if (!found) continue;
      this.#recognised++;
      // The next record is most often like this one.
      if (index > 0) [this.#shapes[0], this.#shapes[index]] = [shape, this.#shapes[0] as Shape];
      return { record: shape.build(found), end: shape.pattern.lastIndex };
    }
    if (this.#tried % TRIAL_LINES === 0 && this.#recognised * 2 < this.#tried) {
      this.#shapes = [];
      this.#learned = LESSONS_MAX;
    }
    return undefined;
  }

  /** Learns the shape of a line that is certainly a JSON object. @param line as for `read`, with its newline */
  learn(line: string): void {
    if (this.#learned >= LESSONS_MAX || this.#shapes.length >= SHAPES_MAX) return;
    this.#learned++;
    const shape = shapeOf(line, this.#needed);
    if (shape) this.#shapes.push(shape);
  }
}

// Of the alternatives in these patterns at most one can match at any place, so that a line that is not recognised costs no
// more than its length, whatever is in it.
const ESCAPE = '\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4})';
/** Bytes of a string that stand for themselves; those from 0x80 on are parts of a character. */
const PLAIN = '[^"\\\\\\x00-\\x1f]*';
const ASCII = '[^"\\\\\\x00-\\x1f\\x80-\\xff]*';
const STRING = `"${PLAIN}(?:${ESCAPE}${PLAIN})*"`;
/** A string with something that must be read as JSON or UTF-8. */
const OTHER_STRING = `"${ASCII}(?:[\\x80-\\xff]|${ESCAPE})${PLAIN}(?:${ESCAPE}${PLAIN})*"`;
const BARE = '-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?|true|false|null';

/** Values that are nested so deep, or less, but for strings. */
const OTHERS: readonly string[] = [1, 2, 3].reduce<string[]>(
  (patterns) => {
    const item = `(?:${STRING}|${patterns[patterns.length - 1]})`;
    const member = `${STRING}: ?${item}`;
    const list = `\\[(?:${item}(?:, ?${item})*)?\\]`;
    return [...patterns, `${BARE}|${list}|\\{(?:${member}(?:, ?${member})*)?\\}`];
  },
  [BARE],
);

const SPACE = /[ \t\r]*/y;
const NAME = /"([^"\\\x80-\xff]*)"[ \t\r]*:[ \t\r]*/y;
const ANY_SCALAR = new RegExp(`${STRING}|${BARE}`, 'y');

/** A value of many megabytes is too much for a regular expression. */
function matched(pattern: RegExp, lines: string): RegExpExecArray | null {
  try {
    return pattern.exec(lines);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Undefined for a line that is written in a way that no pattern is made for. */
function shapeOf(line: string, needed: Needed): Shape | undefined {
  const learner = new Learner(line);
  try {
    const lead = learner.take(SPACE);
    const object = learner.object(needed);
    const source = `${escaped(lead)}${object.pattern}${escaped(learner.take(SPACE))}\\n`;
    if (source.length > PATTERN_MAX) return undefined;
    const pattern = new RegExp(source, 'y');
    const build = new Function('takenValue', `"use strict"; return (found) => (${object.value});`)(
      takenValue,
    );
    return pattern.test(line) ? { pattern, build } : undefined;
  } catch {
    // A line that is unusual, or a pattern that is too large.
    return undefined;
  }
}

/** JavaScript of a value among the groups that were found, and the pattern that finds them. */
interface Part {
  pattern: string;
  value: string;
}

class Learner {
  readonly #line: string;
  #at = 0;
  #groups = 0;

  constructor(line: string) {
    this.#line = line;
  }

  /** The text that a sticky pattern finds here. */
  take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [text] = pattern.exec(this.#line) ?? [];
    if (text === undefined) throw new Error('the line is written in an unusual way');
    this.#at += text.length;
    return text;
  }

  object(needed: Needed): Part {
    let pattern = `\\{${escaped(this.#skip('{'))}`;
    const values = new Map<string, string>();
    const names = new Set<string>();
    while (this.#line[this.#at] !== '}') {
      if (names.size > 0) pattern += `,${escaped(this.#skip(','))}`;
      const label = this.take(NAME);
      const name = label.slice(1, label.indexOf('"', 1));
      if (names.has(name)) throw new Error('a name is there twice');
      names.add(name);
      const wanted = needed.members.get(name);
      const part = wanted ? this.#wanted(wanted) : { pattern: `(?:${STRING}|${this.#others()})`, value: '' };
      if (wanted) values.set(name, part.value);
      pattern += `${escaped(label)}${part.pattern}${escaped(this.take(SPACE))}`;
    }
    this.#at++;
    const members = [...needed.members.keys()].map(
      (name) => `${JSON.stringify(name)}: ${values.get(name) ?? 'undefined'}`,
    );
    return { pattern: `${pattern}\\}`, value: `{ ${members.join(', ')} }` };
  }

  #wanted(needed: Needed): Part {
    if (!needed.isWhole && this.#line[this.#at] === '{') return this.object(needed);
    const value = `takenValue(found[${this.#groups + 1}], found[${this.#groups + 2}])`;
    this.#groups += 2;
    // The text of a plain string, or else the JSON of the value.
    return { pattern: `(?:"(${ASCII})"|(${OTHER_STRING}|${this.#others()}))`, value };
  }

  /** The pattern of values that are nested as deep as the one here, but for strings. */
  #others(): string {
    const pattern = OTHERS[this.#depth()];
    if (pattern === undefined) throw new Error('the value is nested too deep');
    return pattern;
  }

  #depth(): number {
    const first = this.#line[this.#at];
    if (first !== '{' && first !== '[') {
      this.take(ANY_SCALAR);
      return 0;
    }
    let depth = 0;
    this.#skip(first);
    while (this.#line[this.#at] !== '}' && this.#line[this.#at] !== ']') {
      if (this.#line[this.#at] === ',') this.#skip(',');
      if (first === '{') this.take(NAME);
      depth = Math.max(depth, this.#depth());
      this.take(SPACE);
    }
    this.#at++;
    return depth + 1;
  }

  /** The spaces behind a character. */
  #skip(character: string): string {
    if (this.#line[this.#at] !== character) throw new Error('the line is no JSON');
    this.#at++;
    return this.take(SPACE);
  }
}

function takenValue(plain: string | undefined, json: string | undefined): unknown {
  if (plain !== undefined) return plain;
  if (json === 'null') return null;
  if (json === 'true') return true;
  if (json === 'false') return false;
  return JSON.parse(Buffer.from(json as string, 'latin1').toString());
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
