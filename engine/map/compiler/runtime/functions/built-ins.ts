/** All built-in functions: the package's own where they never call back, ours where they do. */
import { BUILT_IN_FUNCTIONS } from '../../../built-in-functions.ts';
import { definitionOf } from '../../package-door.ts';
import { type Focus, type Implementation, Native } from '../callable.ts';
import { wrapInput } from '../sequence.ts';
import { HIGHER_ORDER_FUNCTIONS } from './higher-order.ts';
import { LIST_FUNCTIONS } from './lists.ts';
import { refuseLongPicture, TEXT_FUNCTIONS } from './texts.ts';

const fromMillis = definitionOf('fromMillis').implementation as unknown as (
  millis: number,
  picture?: string,
  timezone?: string,
) => string;

const TIME_FUNCTIONS: Readonly<Record<string, Implementation>> = {
  now(picture?: string, timezone?: string) {
    refuseLongPicture(picture);
    return fromMillis.call(this, this.run.now(), picture, timezone);
  },
  millis() {
    return this.run.now();
  },
};

const OURS: Readonly<Record<string, Implementation>> = {
  ...HIGHER_ORDER_FUNCTIONS,
  ...TEXT_FUNCTIONS,
  ...LIST_FUNCTIONS,
  ...TIME_FUNCTIONS,
};

/** By name without the `$`. */
export const BUILT_INS: ReadonlyMap<string, Native> = new Map(
  [...BUILT_IN_FUNCTIONS].map((name) => [name, new Native(definitionOf(name), implementationOf(name))]),
);

function implementationOf(name: string): Implementation | undefined {
  if (name === 'eval') return evaluateText;
  return OURS[name];
}

/** `$eval`: compiles a text and evaluates it where it is called, in the given context or that of the call. */
function evaluateText(this: Focus, text: string | undefined, context?: unknown): unknown {
  if (text === undefined) return undefined;
  const input = context === undefined ? this.input : wrapInput(context);
  return this.run.evaluateText(this.run, text, input, this.frame);
}
