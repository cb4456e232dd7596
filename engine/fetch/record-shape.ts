/** In which ways are the records of a list written? A tree of members: each knows which ones were seen to come after it. */

const WORD = 8;
/** Where more were seen to come after a member, the names are most likely data. */
const AFTER_MAX = 32;

/** A member after certain others: a way to write a record, if it is the last one. */
export class RecordShape {
  /** Empty for what begins a record. */
  readonly name: string;
  readonly before: RecordShape | undefined;
  /** How many members come before. */
  readonly place: number;
  /** All bytes from the value before to its own value. */
  readonly label: Buffer;
  readonly length: number;
  /** What came next in the record before. */
  next: RecordShape | undefined;
  readonly #after: RecordShape[] = [];
  /** The label, eight bytes at a time; the last ones again, so that all are in it. Empty for fewer than eight. */
  readonly #words: Float64Array;

  constructor(before?: RecordShape, name = '', label: Buffer = Buffer.alloc(0)) {
    const { length } = label;
    this.before = before;
    this.name = name;
    this.place = before ? before.place + 1 : -1;
    this.label = label;
    this.length = length;
    this.#words = new Float64Array(length < WORD ? 0 : Math.ceil(length / WORD));
    for (const index of this.#words.keys()) {
      this.#words[index] = label.readDoubleLE(Math.min(index * WORD, length - WORD));
    }
  }

  /** Whether its label lies at an offset. Compared as numbers, since no text in UTF-8 has the bits of a number that is none. */
  isAt(bytes: Buffer, view: DataView, at: number): boolean {
    const { length } = this;
    if (at + length > bytes.length) return false;
    const words = this.#words;
    const last = words.length - 1;
    if (last === -1) {
      for (let index = 0; index < length; index++) if (bytes[at + index] !== this.label[index]) return false;
      return true;
    }
    for (let index = 0; index < last; index++) {
      if (view.getFloat64(at + index * WORD, true) !== words[index]) return false;
    }
    return view.getFloat64(at + length - WORD, true) === words[last];
  }

  /** The one after it whose label lies at an offset, if it was seen. */
  known(bytes: Buffer, view: DataView, at: number): RecordShape | undefined {
    return this.#after.find((one) => one.isAt(bytes, view, at));
  }

  /** One more after it; undefined where a member of that name came before, and where there are too many. */
  add(name: string, label: Buffer): RecordShape | undefined {
    if (this.#after.length === AFTER_MAX || this.members.some((one) => one.name === name)) return undefined;
    const shape = new RecordShape(this, name, label);
    this.#after.push(shape);
    return shape;
  }

  /** All members up to this one. */
  get members(): RecordShape[] {
    const members: RecordShape[] = [];
    for (let shape: RecordShape = this; shape.before; shape = shape.before) members.push(shape);
    return members.reverse();
  }
}
