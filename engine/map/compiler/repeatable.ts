/** What must the same record always give the same event? A given time, and no function that differs between two evaluations. */
import { definitionOf } from './package-door.ts';
import { type Focus, type Implementation, Native } from './runtime/callable.ts';
import { BUILT_INS } from './runtime/functions/built-ins.ts';
import { refuseLongPicture } from './runtime/functions/texts.ts';

/** Functions that expressions and mappings must not call, with the reason. */
export const FORBIDDEN_FUNCTIONS: Readonly<Record<string, string>> = {
  random: '`$random` is refused, because the same record must always give the same event',
  shuffle: '`$shuffle` is refused, because the same record must always give the same event',
  eval: '`$eval` is refused, because text from a record must never run',
};

/** What `$now()` and `$millis()` throw where no time is given. */
export const NO_TIME = { code: 'no-time', message: 'there is no time here to ask for' } as const;

export function refusal(name: string): { code: string; message: string | undefined; token: string } {
  return { code: `${name}-refused`, message: FORBIDDEN_FUNCTIONS[name], token: name };
}

const fromMillis = definitionOf('fromMillis').implementation as unknown as (
  millis: number,
  picture?: string,
  timezone?: string,
) => string;

const REPLACED: Readonly<Record<string, Implementation>> = {
  now(picture?: string, timezone?: string) {
    refuseLongPicture(picture);
    return fromMillis.call(this, givenTime(this), picture, timezone);
  },
  millis() {
    return givenTime(this);
  },
};

function givenTime({ run }: Focus): number {
  if (run.given === undefined) throw { ...NO_TIME };
  return run.given;
}

/** The built-in functions with those replaced that make two evaluations differ. */
export const REPEATABLE_BUILT_INS: ReadonlyMap<string, Native> = new Map(
  [...BUILT_INS].map(([name, builtIn]) => [name, repeatable(name) ?? builtIn]),
);

function repeatable(name: string): Native | undefined {
  if (name in FORBIDDEN_FUNCTIONS) {
    const refuse = () => {
      throw refusal(name);
    };
    return new Native({ implementation: refuse });
  }
  const implementation = REPLACED[name];
  return implementation && new Native(definitionOf(name), implementation);
}
