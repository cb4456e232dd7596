/** The checkpoints of a lane in its SQLite file: the newest, and the one before it for when that is damaged. */
import { createHash } from 'node:crypto';
import { EngineError } from '../errors.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { SeenPosition } from './seen-set.ts';
import { corruptState, inTransaction, type StateFile } from './state-file.ts';

export interface Generation {
  number: number;
  checkpoint: Checkpoint;
  seen: SeenPosition;
  /** When it was committed, milliseconds since the epoch. */
  at: number;
}

const FORMAT = 3;

const SCHEMA = `
  create table meta (format integer not null, lane text not null);
  create table checkpoint (
    generation integer primary key, content text not null, seen text not null, at integer not null, checksum text not null
  );
`;

export class Generations {
  /** 8 hex digits, drawn when the file was created. */
  readonly lane: string;
  readonly #path: string;
  readonly #file: StateFile;
  readonly #add;
  readonly #dropBefore;
  readonly #dropOthers;

  /**
   * Creates the tables in an empty file.
   * @throws EngineError `state-older`, `state-newer`, `state-corrupt`
   */
  constructor(path: string, file: StateFile, random: (size: number) => Uint8Array) {
    this.#path = path;
    this.#file = file;
    // The file is small. A damaged page can hide a row without any other sign.
    const [state] = file.prepare('select hex(integrity_check) from pragma_integrity_check').raw().get([]) as [
      string,
    ];
    if (textOf(state) !== 'ok') throw corruptState(path, textOf(state));
    this.lane = laneId(path, file, random);
    this.#add = file.prepare('insert into checkpoint values (?, ?, ?, ?, ?)');
    this.#dropBefore = file.prepare('delete from checkpoint where generation < ?');
    this.#dropOthers = file.prepare('delete from checkpoint where generation <> ?');
  }

  /**
   * Those whose checksum is right, newest first, and whether there is one whose checksum is wrong.
   * @throws EngineError `state-corrupt` when all are wrong
   */
  read(): { whole: Generation[]; isDamaged: boolean } {
    const rows = this.#file
      .prepare(
        'select generation, hex(content), hex(seen), at, hex(checksum) from checkpoint order by generation desc',
      )
      .raw()
      .all([]) as [number, string, string, number, string][];
    const all = rows.map(
      ([number, content, seen, at, expected]) =>
        [number, textOf(content), textOf(seen), at, textOf(expected)] as const,
    );
    const whole = all.filter(
      ([number, content, seen, at, expected]) => this.#checksum(number, content, seen, at) === expected,
    );
    if (rows.length > 0 && whole.length === 0)
      throw corruptState(this.#path, 'no checkpoint has the right checksum');
    return {
      whole: whole.map(([number, content, seen, at]) => ({
        number,
        checkpoint: JSON.parse(content),
        seen: JSON.parse(seen),
        at,
      })),
      isDamaged: whole.length < rows.length,
    };
  }

  /** Commits a generation; the one before it stays. */
  add({ number, checkpoint, seen, at }: Generation): void {
    const texts = [JSON.stringify(checkpoint), JSON.stringify(seen)] as const;
    inTransaction(this.#file, () => {
      this.#add.run([number, ...texts, at, this.#checksum(number, ...texts, at)]);
      this.#dropBefore.run([number - 1]);
    });
  }

  /** Forgets all others, what was committed after it included. */
  keepOnly({ number }: Generation): void {
    inTransaction(this.#file, () => this.#dropOthers.run([number]));
  }

  #checksum(number: number, content: string, seen: string, at: number): string {
    return createHash('sha256').update([this.lane, number, at, seen, content].join('\n')).digest('hex');
  }
}

function laneId(path: string, file: StateFile, random: (size: number) => Uint8Array): string {
  const tables = file.prepare('select hex(name) from sqlite_schema').raw().all([]) as [string][];
  if (tables.length === 0) {
    const id = Buffer.from(random(4)).toString('hex');
    inTransaction(file, () => {
      file.exec(SCHEMA);
      file.prepare('insert into meta values (?, ?)').run([FORMAT, id]);
    });
    return id;
  }
  if (!tables.some(([name]) => textOf(name) === 'meta')) throw corruptState(path, 'it holds no lane');
  const [format, lane] = file.prepare('select format, hex(lane) from meta').raw().get([]) as [number, string];
  if (format < FORMAT) {
    throw new EngineError({
      code: 'state-older',
      kind: 'state',
      message: `state at \`${path}\` has format ${format}, this version reads format ${FORMAT}`,
      fix: 'remove the file to begin anew, or use another --state',
    });
  }
  if (format > FORMAT) {
    throw new EngineError({
      code: 'state-newer',
      kind: 'state',
      message: `state at \`${path}\` has format ${format}, this version reads up to ${FORMAT}`,
      fix: 'Run the version that wrote it or a later one, or use another --state.',
    });
  }
  return textOf(lane);
}

/** Texts are read in hex: at one that a damaged byte has made no UTF-8 the binding would abort the process. */
function textOf(hex: string): string {
  return Buffer.from(hex, 'hex').toString();
}
