/** One node of the syntax tree as JavaScript. */
import type { Node, Stage } from '../ast.ts';
import { mayHaveName } from './analysis.ts';
import { emitApply, emitCall, emitPartial, makesList } from './emit-calls.ts';
import { emitArray, emitGroup, emitObject } from './emit-constructors.ts';
import { emitBind, emitBlock, emitLambda, emitThunk, variable } from './emit-frames.ts';
import { emitBinary, emitCondition, emitNegation, emitTruth } from './emit-operators.ts';
import { emitPath } from './emit-path.ts';
import { emitTransform } from './emit-transform.ts';
import { emitTuplePath } from './emit-tuple-path.ts';
import { type Context, type Emitter, positionOf } from './emitter.ts';
import { ANY, ARRAY, FUNCTION, isOnly, literal, mayBe, quote, UNDEFINED, type Value } from './value.ts';

/** Writes what a node gives: its value, filters and groups, as whoever asked for it sees it. */
export function emitNode(emitter: Emitter, node: Node, context: Context): Value {
  const isPlainTail = node.predicate === undefined && node.group === undefined && !node.keepArray;
  const inside = { input: context.input, scope: context.scope };
  if (context.tail !== undefined && isPlainTail) return emitInTail(emitter, node, context);
  let value = emitBare(emitter, node, isPlainTail ? context : inside);
  if (!context.unused || !isPlainTail) value.use?.();
  for (const stage of node.predicate ?? []) value = emitFilter(emitter, stage, value, inside);
  if (node.group && node.type !== 'path')
    value = emitGroup(emitter, node.group, listed(emitter, value), inside);
  if (node.keepArray && emitter.trustsLists && mayHaveName(node) && !makesList(emitter, node, context)) {
    emitter.line(`if (typeof ${value.js} === "object") refuseToKeep(${value.js});`);
  }
  return finished(emitter, value, Boolean(node.keepArray), Boolean(context.output));
}

/**
 * A node in the tail position of a lambda. What a call that was put off gives is not looked at for being a sequence
 * there, so that each node around it leaves that to the values that are no such calls.
 */
function emitInTail(emitter: Emitter, node: Node, context: Context): Value {
  const finishes = context.finishes ?? 0;
  if (node.type === 'condition' || node.type === 'block') {
    return { ...emitBare(emitter, node, { ...context, finishes: finishes + 1 }), isFinished: true };
  }
  let value = emitBare(emitter, node, context);
  value.use?.();
  if (node.type === 'lambda' && node.thunk) return { ...value, isFinished: true };
  value = finished(emitter, value, false, false);
  for (let count = 0; count < finishes; count++) {
    const { isFinished: _, ...again } = value;
    value = finished(emitter, again, false, false);
  }
  return value;
}

function emitBare(emitter: Emitter, node: Node, context: Context): Value {
  switch (node.type) {
    case 'string':
    case 'number':
    case 'value':
      return literal(node.value);
    case 'regex':
      return emitRegex(emitter, node as Node & { value: RegExp });
    case 'variable':
      return variable(emitter, node.value, context);
    case 'name':
      return emitter.temp(`field(${context.input}, ${quote(node.value)}, LIMIT)`, ANY);
    case 'wildcard':
      return emitter.temp(`wildcard(${context.input}, LIMIT)`, ANY);
    case 'descendant':
      return emitter.temp(`descendants(${context.input}, LIMIT)`, ANY);
    case 'parent': {
      const { slot } = node as unknown as { slot: { label: string } };
      return emitter.temp(`${context.scope.frame}.lookup(${quote(slot.label)})`, ANY);
    }
    case 'path':
      return emitter.analysis.isDynamic
        ? emitTuplePath(emitter, node, context)
        : emitPath(emitter, node, context);
    case 'binary':
      return emitBinary(emitter, node, context);
    case 'unary':
      if (node.value === '[') return emitArray(emitter, node, context);
      return node.value === '{' ? emitObject(emitter, node, context) : emitNegation(emitter, node, context);
    case 'condition':
      return emitCondition(emitter, node, context);
    case 'block':
      return emitBlock(emitter, node, context);
    case 'bind':
      return emitBind(emitter, node, context);
    case 'lambda':
      return node.thunk ? emitThunk(emitter, node, context) : emitLambda(emitter, node, context);
    case 'function':
      return emitCall(emitter, node, context);
    case 'partial':
      return emitPartial(emitter, node, context);
    case 'apply':
      return emitApply(emitter, node, context);
    case 'transform':
      return emitTransform(emitter, node, context);
    default:
      // The interpreter gives nothing for what it does not know.
      return { js: 'undefined', type: UNDEFINED };
  }
}

function emitRegex(emitter: Emitter, node: { value: RegExp; position?: number }): Value {
  const name = emitter.name('t');
  let isUsed = false;
  emitter.line(() =>
    isUsed ? `const ${name} = matcher(${emitter.constant(node.value)}, ${positionOf(node)});` : undefined,
  );
  const use = () => {
    isUsed = true;
  };
  // The parser's copies for `?:` and `??` are no regular expressions any more.
  return { js: name, type: FUNCTION, use, ...(node.value instanceof RegExp && { regex: node.value }) };
}

/** A filter on a list, as a new list that is not marked yet. */
export function emitFilter(emitter: Emitter, stage: Stage, value: Value, context: Context): Value {
  if (stage.type !== 'filter') return value;
  const { expr } = stage;
  if (expr.type === 'number') {
    return emitter.temp(`itemAt(${value.js}, ${literal(expr.value).js})`, ARRAY);
  }
  if (context.scope.frame !== undefined) {
    const part = emitter.part(expr, context);
    const kept = emitter.name('t');
    emitter.line(() => `const ${kept} = filterBy(run, ${value.js}, ${part()}, ${context.scope.frame});`);
    return { js: kept, type: ARRAY };
  }
  const kept = emitter.temp('[]', ARRAY);
  const list = isOnly(value, ARRAY)
    ? value
    : emitter.temp(`isArray(${value.js}) ? ${value.js} : [${value.js}]`, ARRAY);
  emitLoop(emitter, list.js, (item, index) => {
    const answer = emitter.emit(expr, { input: item, scope: context.scope });
    if (isOnly(answer, 4 | UNDEFINED)) {
      emitter.line(`if (${emitTruth(answer)}) push(${kept.js}, ${item}, LIMIT);`);
    } else {
      emitter.line(`keepIf(${kept.js}, ${item}, ${answer.js}, ${index}, ${list.js}.length, LIMIT);`);
    }
  });
  return { ...kept, isFresh: true };
}

/** A loop over an array; the body is written with the name of the item and of its index. */
export function emitLoop(emitter: Emitter, list: string, write: (item: string, index: string) => void): void {
  const [item, index] = [emitter.name('c'), emitter.name('i')];
  emitter.line(`for (let ${index} = 0; ${index} < ${list}.length; ${index}++) {`);
  emitter.line(`run.step(); const ${item} = ${list}[${index}];`);
  emitter.branch(() => write(item, index));
  emitter.line('}');
}

/** A new list with the mark of a sequence, for code that looks for it. */
export function listed(emitter: Emitter, value: Value): Value {
  if (!value.isFresh) return value;
  emitter.line(`mark(${value.js});`);
  return { js: value.js, type: value.type };
}

/** A value as whoever asked for the node gets it: lists of results are looked at for having none or one. */
export function finished(emitter: Emitter, value: Value, keepArray: boolean, isOutput: boolean): Value {
  if (!mayBe(value, ARRAY) || value.isPlainArray || (value.isFinished && !keepArray)) return value;
  if (!value.isFresh) {
    const type = value.type === ARRAY ? ANY : value.type;
    if (keepArray || (emitter.analysis.keepsLists && !emitter.trustsLists)) {
      const { js } = value;
      return emitter.temp(
        `typeof ${js} === "object" ? finish(${js}${keepArray ? ', true' : ''}) : ${js}`,
        type,
      );
    }
    const { js, times } = value.finishOf ?? { js: value.js, times: 0 };
    return emitter.once(`finish ${times + 1} ${js}`, () => ({
      ...emitter.pure(
        `typeof ${js} === "object" ? ${'finish('.repeat(times + 1)}${js}${')'.repeat(times + 1)} : ${js}`,
        type,
      ),
      finishOf: { js, times: times + 1 },
    }));
  }
  const { js } = value;
  if (isOutput) {
    // Nothing will ask whether this is a sequence.
    const single = keepArray ? js : `${js}.length === 1 ? ${js}[0] : ${js}`;
    return {
      ...emitter.temp(`${js}.length === 0 ? undefined : ${single}`, ANY),
      isPlainArray: keepArray,
      isFinished: true,
    };
  }
  return keepArray
    ? emitter.temp(`${js}.length === 0 ? undefined : kept(${js})`, ARRAY | UNDEFINED)
    : emitter.temp(`${js}.length === 0 ? undefined : ${js}.length === 1 ? ${js}[0] : mark(${js})`, ANY);
}
