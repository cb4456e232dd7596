/** Variables, blocks and lambdas as JavaScript: variables of a frame are JavaScript variables wherever names are known. */
import type { BindNode, BlockNode, LambdaNode, Node } from '../ast.ts';
import { BUILT_IN_FUNCTIONS } from '../built-in-functions.ts';
import { depthOf, isLeaf } from './analysis.ts';
import { emitTailBuiltIn } from './emit-calls.ts';
import { type Context, type Emitter, positionOf } from './emitter.ts';
import type { Signature } from './package-door.ts';
import { boundNames, type Scope, type Slot, slotsOf } from './scope.ts';
import { ANY, FUNCTION, NOTHING, quote, type Value } from './value.ts';

/** The value of a variable that is needed for certain. */
export function readVariable(emitter: Emitter, name: string, context: Context): Value {
  const value = variable(emitter, name, context);
  value.use?.();
  return value;
}

/** The value of a variable where it is read: some are only made if their `use` is called. */
export function variable(emitter: Emitter, name: string, context: Context): Value {
  if (name === '') return emitter.temp(`contextValue(${context.input})`, ANY);
  const { frame } = context.scope;
  if (frame !== undefined) return emitter.temp(`${frame}.lookup(${quote(name)})`, ANY);
  const slots = slotsOf(name, context.scope);
  const [innermost] = slots;
  if (innermost && emitter.isDefinite(innermost)) {
    if (innermost.value) return innermost.value;
    innermost.isRead = true;
    return emitter.temp(innermost.js, ANY);
  }
  let js = outermost(emitter, name);
  for (const slot of slots.reverse()) {
    slot.isRead = true;
    slot.value?.use?.();
    js = emitter.isDefinite(slot) ? slot.js : `(${slot.js} !== UNBOUND ? ${slot.js} : ${js})`;
  }
  return emitter.temp(js, ANY);
}

/** What a name means that no frame of the expression binds. */
function outermost(emitter: Emitter, name: string): string {
  if (name === '$') return 'run.input';
  if (!BUILT_IN_FUNCTIONS.has(name)) return `run.binding(${quote(name)})`;
  const builtIn = emitter.constant(emitter.builtIns.get(name));
  return emitter.trustsBuiltIns ? builtIn : `run.bindingOr(${quote(name)}, ${builtIn})`;
}

export function emitBlock(emitter: Emitter, node: BlockNode, context: Context): Value {
  const tail = context.tail === undefined ? {} : { tail: context.tail, finishes: context.finishes ?? 0 };
  return emitBlockWith(emitter, node, context, (last, inside) =>
    last ? emitter.emit(last, { ...inside, ...tail, output: Boolean(context.output) }) : NOTHING,
  );
}

/** Writes all of a block but its last expression, which is written by `emitLast`. */
export function emitBlockWith<T>(
  emitter: Emitter,
  node: BlockNode,
  context: Context,
  emitLast: (last: Node | undefined, inside: Context) => T,
): T {
  const { scope, input } = context;
  const inner: Scope = { outer: scope, slots: new Map(), frame: undefined };
  let blockScope = inner;
  if (scope.frame !== undefined) {
    blockScope = { ...inner, frame: emitter.temp(`new Frame(${scope.frame})`, ANY).js };
  } else declare(emitter, node.expressions, inner);
  const inside = { input, scope: blockScope };
  for (const expression of node.expressions.slice(0, -1)) {
    emitter.emit(expression, { ...inside, unused: true });
  }
  return emitLast(node.expressions[node.expressions.length - 1], inside);
}

/** Slots for the names that code binds directly in a frame. */
export function declare(emitter: Emitter, nodes: readonly Node[], scope: Scope): void {
  for (const [name, count] of boundNames(nodes)) {
    if (!scope.slots.has(name)) scope.slots.set(name, emitter.slot(name, count === 1));
  }
}

export function emitBind(emitter: Emitter, node: BindNode, context: Context): Value {
  const { scope, input } = context;
  const name = node.lhs.value;
  if (scope.frame !== undefined) {
    const value = emitter.emit(node.rhs, { input, scope });
    emitter.line(`${scope.frame}.bind(${quote(name)}, ${value.js});`);
    return value;
  }
  const slot = scope.slots.get(name) as Slot;
  const { rhs } = node;
  if (slot.isSingle && rhs.type === 'lambda' && !rhs.predicate && !rhs.group && !rhs.thunk) {
    return emitBoundLambda(emitter, rhs, slot, { input, scope });
  }
  const value = emitter.emit(rhs, { input, scope, unused: slot.isSingle && rhs.type === 'regex' });
  if (slot.isRead) value.use?.();
  emitter.line(() => (slot.isRead ? `${slot.js} = ${value.js};` : undefined));
  // What a variable holds may be a sequence once more where it is read.
  const { isFinished: _, ...held } = value;
  if (slot.isSingle) slot.value = held;
  emitter.define(slot);
  return value;
}

/** A lambda bound once: calls by its name reach its JavaScript function, and its value is only made if it is used. */
function emitBoundLambda(emitter: Emitter, node: LambdaNode, slot: Slot, context: Context): Value {
  const body = emitter.name('f');
  let isUsed = slot.isRead;
  const use = () => {
    isUsed = true;
  };
  const value: Value = { js: emitter.name('t'), type: FUNCTION, use };
  if ((node as { signature?: unknown }).signature === undefined) {
    slot.lambda = { js: body, node, hasTail: hasTail(node, emitter, context.scope), type: ANY };
    if (!isLeaf(node, emitter.analysis.bound)) {
      slot.lambda.place = emitter.name('p');
      emitter.line(`let ${slot.lambda.place};`);
    }
  }
  slot.value = value;
  emitter.define(slot);
  const type = emitLambdaBody(emitter, node, context, body);
  if (slot.lambda && !slot.lambda.hasTail) slot.lambda.type = type;
  emitter.line(() =>
    isUsed ? `const ${value.js} = ${lambdaValue(emitter, node, context, body)};` : undefined,
  );
  emitter.line(() => (slot.isRead ? `${slot.js} = ${value.js};` : undefined));
  return value;
}

export function emitLambda(emitter: Emitter, node: LambdaNode, context: Context): Value {
  const body = emitter.name('f');
  emitLambdaBody(emitter, node, context, body);
  return emitter.temp(lambdaValue(emitter, node, context, body), FUNCTION);
}

function lambdaValue(emitter: Emitter, node: LambdaNode, context: Context, body: string): string {
  const names = emitter.constant(node.arguments.map(({ value }) => value));
  const { signature } = node as LambdaNode & { signature?: Signature };
  const checks = signature === undefined ? '' : `, signature: ${emitter.constant(signature)}`;
  return `new Lambda({ body: ${body}, parameters: ${names}, input: ${context.input}${checks} })`;
}

/** Gives the types that its result may have, but for calls that are put off. */
function emitLambdaBody(emitter: Emitter, node: LambdaNode, context: Context, body: string): number {
  let type = ANY;
  const caller = emitter.name('c');
  const parameters = node.arguments.map(() => emitter.name('a'));
  const text = emitter.aside(() => {
    const scope = parameterScope(emitter, node, context.scope, parameters);
    const weight = Math.max(1, depthOf(node.body));
    const isGuarded = !isLeaf(node, emitter.analysis.bound);
    if (isGuarded) emitter.line(`run.enter(${weight});`);
    const value = emitter.emit(node.body, { input: context.input, scope, tail: caller });
    if (isGuarded) emitter.line(`run.depth -= ${weight};`);
    emitter.line(`return ${value.js};`);
    type = value.type;
  });
  emitter.line(() => `const ${body} = (${[caller, ...parameters].join(', ')}) => {\n${text()}\n};`);
  return type;
}

function parameterScope(emitter: Emitter, node: LambdaNode, outer: Scope, parameters: string[]): Scope {
  const slots = new Map<string, Slot>();
  if (outer.frame !== undefined) {
    const frame = emitter.temp(`new Frame(${outer.frame})`, ANY).js;
    node.arguments.forEach(({ value }, index) => {
      emitter.line(`${frame}.bind(${quote(value)}, ${parameters[index]});`);
    });
    return { outer, slots, frame };
  }
  const scope: Scope = { outer, slots, frame: undefined };
  const rebound = boundNames([node.body]);
  node.arguments.forEach(({ value: name }, index) => {
    const js = parameters[index] as string;
    const slot: Slot = { name, js, isSingle: false, isRead: true };
    slots.set(name, slot);
    emitter.define(slot);
    // A parameter that is never bound again needs no copy where it is read.
    if (!rebound.has(name)) slot.value = { js, type: ANY };
  });
  declare(emitter, [node.body], scope);
  return scope;
}

/** Whether a lambda may put its last call off: any but one of a built-in function. */
function hasTail(node: LambdaNode, emitter: Emitter, scope: Scope): boolean {
  const inTail = (at: Node): boolean => {
    if (at.type === 'lambda') return Boolean(at.thunk) && !isDirectTail(at, emitter, scope);
    if (at.predicate || at.group || at.keepArray) return true;
    if (at.type === 'condition') return inTail(at.then) || (at.else !== undefined && inTail(at.else));
    const last = at.type === 'block' ? at.expressions[at.expressions.length - 1] : undefined;
    return last !== undefined && inTail(last);
  };
  return inTail(node.body);
}

function isDirectTail(thunk: LambdaNode, emitter: Emitter, scope: Scope): boolean {
  const call = thunk.body;
  if (call.type !== 'function' || scope.frame !== undefined || !emitter.trustsBuiltIns) return false;
  const { procedure } = call;
  if (procedure.type !== 'variable' || procedure.predicate || procedure.group) return false;
  return BUILT_IN_FUNCTIONS.has(procedure.value) && !emitter.analysis.bound.has(procedure.value);
}

/** A call in tail position: made at once where it is to a built-in function, else put off to the caller. */
export function emitThunk(emitter: Emitter, node: LambdaNode, context: Context): Value {
  const call = node.body;
  if (call.type !== 'function') return NOTHING;
  const inside = { input: context.input, scope: context.scope };
  if (context.tail !== undefined && isDirectTail(node, emitter, context.scope)) {
    return emitTailBuiltIn(emitter, call, inside, context.tail);
  }
  const { procedure } = call;
  const name = procedure.type === 'variable' ? quote(procedure.value) : 'undefined';
  const callee = emitter.aside(() => {
    const value = emitter.emit(procedure, inside);
    emitter.line(`return named(${value.js}, ${name}, ${positionOf(procedure)});`);
  });
  const args = emitter.aside(() => {
    const values = call.arguments.map((argument) => emitter.emit(argument, inside).js);
    emitter.line(`return [${values.join(', ')}];`);
  });
  const tail = emitter.name('t');
  emitter.line(() => `const ${tail} = new Tail(() => {\n${callee()}\n}, () => {\n${args()}\n});`);
  return { js: tail, type: FUNCTION };
}
