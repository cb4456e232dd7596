/** The checkpoints of a lane on disk: the newest, and the one before it for when that is damaged, each in a file of its own. */
import { dirname } from 'node:path';
import type { ByteFiles } from '../byte-files.ts';
import { checkedLine, checkedValue, wholeText } from '../checked-line.ts';
import { EngineError } from '../errors.ts';
import { type Checkpoint, isCheckpoint } from './checkpoint.ts';
import type { SeenPosition } from './seen-set.ts';
import { corruptState } from './state-error.ts';

export interface Generation {
  number: number;
  checkpoint: Checkpoint;
  seen: SeenPosition;
  /** When it was committed, milliseconds since the epoch. */
  at: number;
  /** What was found damaged, as long as no run has come so far as to tell it. */
  damage?: readonly Pick<EngineError, 'code' | 'message' | 'fix'>[];
}

/*
 * A generation is a line with its checksum (checked-line.ts). It comes under a temporary name to the
 * disk and then takes the place of the one before the last: a file that is not whole was damaged, never half written.
 */
const FORMAT = 4;
/** Even and odd numbers. */
const SLOTS = [0, 1] as const;

/** What the file of a slot holds. Number 0 is the lane before its first commit. */
interface Content extends Omit<Generation, 'checkpoint'> {
  format: number;
  lane: string;
  checkpoint: Checkpoint | null;
}

export interface Found {
  /** 8 hex digits, drawn when the state was created; undefined where there is none. */
  lane: string | undefined;
  /** Those that are whole, newest first. */
  whole: Generation[];
  /** Names of files that are not as they were written, or not there any more. */
  damaged: string[];
}

/**
 * Reads the checkpoints of the lane at `path`, and changes nothing.
 * @throws EngineError `state-older`, `state-newer`, `state-corrupt` when none is whole of those that were committed
 */
export function readGenerations(path: string, files: ByteFiles): Found {
  const slots = SLOTS.map((slot) => readSlot(slotName(path, slot), files));
  if (slots.every((content) => content === undefined) && files.size(`${path}.db`) !== undefined)
    throw older(`${path}.db`);
  const whole = slots.filter((content) => content !== undefined && content !== 'damaged');
  // After the first commit there are two.
  const isOneLost = whole.length === 1 && whole[0]?.number !== 0;
  const isDamaged = (slot: number) => slots[slot] === 'damaged' || (isOneLost && slots[slot] === undefined);
  const damaged = SLOTS.filter(isDamaged).map((slot) => slotName(path, slot));
  const newer = whole.find(({ format }) => format > FORMAT);
  if (newer) throw newerThan(path, newer.format);
  if (whole.length === 0 && damaged.length === SLOTS.length)
    throw corruptState(path, 'no checkpoint has the right checksum');
  const [one, other] = whole;
  if (one && other && one.lane !== other.lane) throw corruptState(path, 'its checkpoints are of two lanes');
  const committed = whole.flatMap(({ number, checkpoint, seen, at, damage }) =>
    checkpoint ? [{ number, checkpoint, seen, at, ...(damage && { damage }) }] : [],
  );
  return { lane: one?.lane, whole: committed.sort((a, b) => b.number - a.number), damaged };
}

/** Makes the state of a lane that has committed nothing yet; what it writes elsewhere bears its id. */
export function writeFirst(path: string, files: ByteFiles, lane: string, seen: SeenPosition): void {
  write(path, files, { format: FORMAT, lane, number: 0, at: 0, seen, checkpoint: null });
  placeGeneration(path, files, 0);
}

/** Brings a generation to the disk, where it counts for nothing until it has its place. */
export function writeGeneration(path: string, files: ByteFiles, lane: string, next: Generation): void {
  write(path, files, { format: FORMAT, lane, ...next });
}

/**
 * Puts what was written in the place of the generation before the last; it is committed when this returns. Where it throws, it
 * may be or not: what the disk has tells.
 */
export function placeGeneration(path: string, files: ByteFiles, number: number): void {
  files.rename(nextName(path), slotName(path, number % SLOTS.length));
  files.syncDirectory(dirname(path));
}

function write(path: string, files: ByteFiles, content: Content): void {
  const bytes = Buffer.from(checkedLine(content));
  const file = files.open(nextName(path), 'create');
  try {
    file.write(bytes, bytes.length, 0);
    file.sync();
  } finally {
    file.close();
  }
}

function readSlot(name: string, files: ByteFiles): Content | 'damaged' | undefined {
  const text = wholeText(name, files);
  if (text === undefined) return undefined;
  const content = checkedValue(text) as Content | undefined;
  if (content === undefined) return 'damaged';
  const isRight = content.checkpoint === null || isCheckpoint(content.checkpoint) || content.format > FORMAT;
  return isRight ? content : 'damaged';
}

function slotName(path: string, slot: number): string {
  return `${path}.checkpoint-${slot}`;
}

function nextName(path: string): string {
  return `${path}.checkpoint-next`;
}

function older(path: string): EngineError {
  return new EngineError({
    code: 'state-older',
    kind: 'state',
    message: `state at \`${path}\` was written by an older version, this one reads format ${FORMAT}`,
    fix: 'remove the file to begin anew, or use another --state',
  });
}

function newerThan(path: string, format: number): EngineError {
  return new EngineError({
    code: 'state-newer',
    kind: 'state',
    message: `state at \`${path}\` has format ${format}, this version reads up to ${FORMAT}`,
    fix: 'run the version that wrote it or a later one, or use another --state',
  });
}
