/** How is a function called? With its signature checked, its tail calls made in a loop, and its name put on what it throws. */
import { parseRaw, type Signature } from '../package-door.ts';
import {
  arityOf,
  Callable,
  Focus,
  type Implementation,
  isFunction,
  Lambda,
  Native,
  noteCall,
  parameterText,
  Tail,
  type Wrapped,
  withoutText,
} from './callable.ts';
import { failure, NotSynchronous, ObjectShown } from './errors.ts';
import { Frame } from './frame.ts';
import { given, HAS_NO_LENGTH, measure, spendOn } from './meter.ts';
import { hasFunctions, type Run } from './run.ts';
import { finish } from './sequence.ts';

/** Calls a value and then whatever it puts off to its caller. */
export function apply(run: Run, procedure: unknown, args: unknown[], input: unknown, frame?: Frame): unknown {
  return applyTails(run, applyOnce(run, procedure, args, input, frame), input, frame);
}

/** Makes the calls that a call put off. */
export function applyTails(run: Run, first: unknown, input: unknown, frame?: Frame): unknown {
  let result = first;
  while (result instanceof Tail) {
    run.step();
    const next = result.procedure();
    if ((typeof next !== 'object' && typeof next !== 'function') || next === null) {
      throw new TypeError('a call in tail position is to no function');
    }
    result = applyOnce(run, next, result.args(), input, frame);
  }
  return result;
}

function applyOnce(run: Run, procedure: unknown, args: unknown[], input: unknown, frame?: Frame): unknown {
  try {
    const signature = (procedure as { signature?: Signature } | undefined)?.signature;
    const checked = procedure && signature !== undefined ? signature.validate(args, input) : args;
    if (procedure instanceof Lambda) return callBody(procedure, input, checked);
    if (procedure instanceof Native) {
      for (let index = 0; index < checked.length; index++) spendOn(checked[index]);
      return given(
        synchronous(procedure.implementation.apply(new Focus(run, input, frame), checked as never[])),
      );
    }
    if (typeof procedure === 'function') {
      refuseToShow(run, procedure, checked[0]);
      refuseToShow(run, procedure, checked[1]);
      return synchronous(procedure.apply(input, checked));
    }
    if (procedure instanceof Tail) return procedure;
    throw failure('T1006');
  } catch (thrown) {
    if (run.tailError === thrown) run.tailError = undefined;
    else if (procedure instanceof Callable) {
      const error = thrown as { token?: unknown; position?: unknown };
      if (error.token === undefined && procedure.token !== undefined) error.token = procedure.token;
      error.position = procedure.position || error.position;
    }
    throw thrown;
  }
}

/** Stops before a regular expression makes text of an object that was made as if that would not happen. @throws ObjectShown */
function refuseToShow(run: Run, procedure: object, subject: unknown): void {
  if (run.makesBare || typeof subject !== 'object' || subject === null || !('regex' in procedure)) return;
  if (!hasFunctions(run.bindings)) throw new ObjectShown();
}

function callBody(lambda: Lambda, input: unknown, args: unknown[]): unknown {
  switch (args.length) {
    case 0:
      return lambda.body(input);
    case 1:
      return lambda.body(input, args[0]);
    case 2:
      return lambda.body(input, args[0], args[1]);
    default:
      return lambda.body(input, ...args);
  }
}

/** A result that is there now. @throws NotSynchronous for a promise */
function synchronous(result: unknown): unknown {
  if (
    typeof result === 'object' &&
    result !== null &&
    'then' in result &&
    typeof result.then === 'function'
  ) {
    throw new NotSynchronous('a function gives a promise, which only evaluate can wait for');
  }
  return result;
}

/** A call written as `name(...)`: its name and place go into what it throws. */
export function call(
  run: Run,
  procedure: unknown,
  args: unknown[],
  input: unknown,
  position: number | undefined,
  name: unknown,
  frame?: Frame,
): unknown {
  try {
    if (procedure === null) throw new TypeError('null is no function');
    if (procedure instanceof Callable) noteCall(procedure, name as string | undefined, position);
    return apply(run, procedure, args, input, frame);
  } catch (thrown) {
    throw atCall(thrown, position, name);
  }
}

export function atCall(thrown: unknown, position: number | undefined, name: unknown): unknown {
  const error = thrown as { token?: unknown; position?: unknown };
  if (!error.position) error.position = position;
  if (!error.token) error.token = name;
  return error;
}

/** A call in tail position that need not wait, to a built-in function: the context is that of the lambda's caller. */
export function callInTail(
  run: Run,
  procedure: Native,
  args: unknown[],
  caller: unknown,
  position: number | undefined,
  name: string,
): unknown {
  named(procedure, name, position);
  try {
    return apply(run, procedure, args, caller);
  } catch (thrown) {
    run.tailError = thrown;
    throw thrown;
  }
}

/** What a lambda that was called directly throws: named like any call. */
export function atDirectCall(run: Run, thrown: unknown, position: number | undefined, name: string): unknown {
  const error = thrown as { token?: unknown; position?: unknown };
  if (run.tailError === thrown) run.tailError = undefined;
  else {
    if (error.token === undefined) error.token = name;
    error.position = position || error.position;
  }
  return atCall(thrown, position, name);
}

/** Makes the calls that a lambda put off which was called directly. */
export function finishTail(
  run: Run,
  tail: Tail,
  input: unknown,
  position: number | undefined,
  name: string,
): unknown {
  try {
    return applyTails(run, tail, input);
  } catch (thrown) {
    throw atCall(thrown, position, name);
  }
}

/** An argument as the called function sees it: functions arrive wrapped. */
export function argument(run: Run, value: unknown, frame?: Frame): unknown {
  if (!isFunction(value)) return value;
  const wrapped: Wrapped = withoutText((...args: unknown[]) => apply(run, value, args, null, frame));
  wrapped.arity = arityOf(value);
  return wrapped;
}

/** Calls back from a built-in function: its function argument is wrapped, or a lambda where the call was in tail position. */
export function callBack(focus: Focus, callee: unknown, args: unknown[]): unknown {
  focus.run.step();
  if (typeof callee === 'function') {
    refuseToShow(focus.run, callee, args[0]);
    return synchronous(callee.apply(focus, args));
  }
  if (callee instanceof Lambda && !callee.isPartial) {
    return apply(focus.run, callee, args, callee.input, focus.frame);
  }
  throw new TypeError('this function cannot be called back');
}

/** `a ~> f`: a value goes into the function, a function is chained with it. */
export function chain(
  run: Run,
  left: unknown,
  right: unknown,
  position: number | undefined,
  frame?: Frame,
): unknown {
  if (!isFunction(right))
    throw failure('T2006', { ...(position !== undefined && { position }), value: right });
  if (!isFunction(left)) return apply(run, right, [left], null, frame);
  return new Lambda({
    body: (_caller, value) =>
      new Tail(
        () => named(right, 'g', CHAIN_TAIL),
        () => [finish(call(run, left, [argument(run, finish(value), frame)], null, CHAIN_CALL, 'f', frame))],
      ),
    parameters: ['x'],
    input: null,
  });
}

/** Where the calls stand in the package's own text of a chain, `function($f, $g) { function($x){ $g($f($x)) } }`. */
const CHAIN_CALL = 39;
const CHAIN_TAIL = 35;

/** A function that is about to be called in tail position. */
export function named(procedure: unknown, name: string | undefined, position: number | undefined): unknown {
  if (procedure instanceof Callable) noteCall(procedure, name ?? procedure.token, position);
  return procedure;
}

export const PLACEHOLDER = Symbol('?');

/** `f(?, 2)`: a function of what is left open. */
export function partial(
  run: Run,
  procedure: unknown,
  args: unknown[],
  fields: { position?: number; token?: unknown },
  frame?: Frame,
): unknown {
  if (procedure instanceof Lambda) {
    const { parameters } = procedure;
    const open = parameters.filter((_name, index) => args[index] === PLACEHOLDER);
    return new Lambda({
      body: (caller, ...given) => {
        const all = filledIn(parameters.length, args, given);
        // Of two parameters with one name the one that was left open counts.
        for (const [index, name] of open.entries())
          for (let at = parameters.indexOf(name); at >= 0; at = parameters.indexOf(name, at + 1))
            all[at] = given[index];
        return procedure.body(caller, ...all);
      },
      parameters: open,
      input: procedure.input,
      isPartial: true,
    });
  }
  if (procedure instanceof Native) {
    return partialNative(run, procedure.implementation, procedure.parameterText, args, frame);
  }
  if (typeof procedure === 'function') {
    const wrapped = procedure as Wrapped & Implementation;
    const text = wrapped.arity === undefined ? parameterText(wrapped) : '...params';
    return partialNative(run, wrapped, text, args, frame);
  }
  throw failure('T1008', fields as Record<string, unknown>);
}

/** No signature has looked at these: JavaScript makes texts and numbers of lists, and goes by any `length`. */
function refuseToOverwhelm(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) measure(value, 0, HAS_NO_LENGTH);
  else if (Number((value as { length?: unknown }).length) > LENGTH_MAX)
    throw failure('D2015', { value: LENGTH_MAX });
}

/** Of an object that says that it is a list. */
const LENGTH_MAX = 1_000_000;

function filledIn(length: number, args: unknown[], given: unknown[]): unknown[] {
  let next = 0;
  return Array.from({ length }, (_none, index) =>
    args[index] === PLACEHOLDER ? given[next++] : args[index],
  );
}

function partialNative(
  run: Run,
  implementation: Implementation,
  parameters: string,
  args: unknown[],
  frame: Frame | undefined,
): Lambda {
  const names = parameters.split(',').map((name) => name.trim());
  // The package writes a lambda with these parameters and parses it; what is no name does not parse.
  parseRaw(`function(${names.map((name) => `$${name}`).join(', ')}){ _ }`);
  return new Lambda({
    body: (_caller, ...others) => {
      const all = filledIn(names.length, args, others);
      for (const each of all) refuseToOverwhelm(each);
      // What `$eval` runs sees the arguments under their names.
      const inner = frame && new Frame(frame);
      for (const [index, name] of names.entries()) inner?.bind(name, all[index]);
      return given(synchronous(implementation.apply(new Focus(run, undefined, inner), all as never[])));
    },
    parameters: names.filter((_name, index) => args[index] === PLACEHOLDER),
    input: undefined,
    isPartial: true,
  });
}
