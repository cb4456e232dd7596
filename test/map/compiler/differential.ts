/** Does the compiler give what the package gives? Compares one expression on one input, the marks of values included. */
import jsonata from 'jsonata';
import { compileJsonata } from '../../../engine/map/compiler/compile.ts';
import { forgetCalls } from '../../../engine/map/compiler/package-door.ts';
import { Callable } from '../../../engine/map/compiler/runtime/callable.ts';

/** What is different; undefined where nothing is. */
export async function difference(expression: string, input: unknown): Promise<string | undefined> {
  if (LOST_PATTERN.test(expression)) return undefined;
  const theirInput = structuredClone(input);
  forgetCalls();
  const theirs = await outcome(() => jsonata(expression, THEIR_LIMITS).evaluate(theirInput));
  if (LIMITED.test(theirs.text)) return undefined;
  const compiled = await outcome(async () => compileJsonata(expression, LIMITS));
  if (compiled.failed)
    return theirs.text === compiled.text ? undefined : describe(theirs.text, compiled.text);
  const program = compiled.value as ReturnType<typeof compileJsonata>;
  if (program.obstacle === undefined) {
    const sync = await outcome(async () => program.evaluateSync(structuredClone(input)));
    if (sync.text === theirs.text || LIMITED.test(sync.text)) return undefined;
    // Which of two failing members fails first only the interpreter knows.
    // The package adds to empty lists of the input while other members read them.
    if (textOf(theirInput) !== textOf(input)) return undefined;
    // What only becomes known while it runs: an evaluation that waits is asked for.
    const isToWait = sync.text === 'fails: jsonata-no-sync';
    if (!isToWait && (!sync.failed || !theirs.failed)) return describe(theirs.text, sync.text);
  }
  const ours = await outcome(() => program.evaluate(structuredClone(input)));
  const isLimit = LIMITED.test(ours.text) || (theirs.isOutOfRange && ours.text === TOO_LONG);
  return isLimit || ours.text === theirs.text ? undefined : describe(theirs.text, ours.text);
}

/**
 * The package's parser loses the pattern of a regular expression on the left of these, and its loops over matches then
 * never end, whatever the limits.
 */
const LOST_PATTERN = /\/[^/]+\/.*\?[:?]/s;

const LIMITS = { timeout: 100, stack: 1000, sequence: 1e7 };
/** Random recursion must end. Limits count differently: where one ends it is not compared. */
const THEIR_LIMITS = { timeout: 100, stack: 400 };

const LIMITED = /^fails: D101[12]$/;
/** What the package leaves to JavaScript, which has no string of such a length. */
const TOO_LONG = 'fails: text-too-long';

function describe(theirs: string, ours: string): string {
  return `package: ${theirs}\ncompiler: ${ours}`;
}

interface Outcome {
  text: string;
  failed: boolean;
  value?: unknown;
  /** JavaScript itself could not make what was asked for. */
  isOutOfRange?: boolean;
}

async function outcome(run: () => Promise<unknown>): Promise<Outcome> {
  try {
    const value = await run();
    return { text: textOf(value), failed: false, value };
  } catch (thrown) {
    const { code, error } = thrown as { code?: unknown; error?: { code?: unknown } };
    // A limit that ends what `$eval` runs.
    if (/^D101[12]$/.test(String(error?.code))) return { text: `fails: ${error?.code}`, failed: true };
    const isOutOfRange = thrown instanceof RangeError;
    return {
      text: `fails: ${typeof code === 'string' ? code : 'without a code'}`,
      failed: true,
      isOutOfRange,
    };
  }
}

/** JSON, with what JSON cannot say: functions, numbers out of range, nothing. */
export function textOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  return JSON.stringify(value, (_key, each: unknown) => {
    if (typeof each === 'function') return '<function>';
    if (typeof each === 'number' && (!Number.isFinite(each) || Object.is(each, -0)))
      return `<${String(each)}>`;
    if (typeof each === 'object' && each !== null && !Array.isArray(each)) {
      // Its own mark: an object that a member named __proto__ gave a function for a prototype is none.
      const isTheirs = Object.hasOwn(each, '_jsonata_lambda') || Object.hasOwn(each, '_jsonata_function');
      if (isTheirs || each instanceof Callable) return '<function>';
    }
    return each;
  });
}
