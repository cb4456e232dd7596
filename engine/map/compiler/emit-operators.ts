/** Operators and conditions as JavaScript: fast where the types are right, the runtime's function where they are not. */
import type { BinaryNode, ConditionNode, NegationNode, Node } from '../ast.ts';
import { type Context, type Emitter, positionOf } from './emitter.ts';
import {
  ANY,
  BOOLEAN,
  isOnly,
  mayBe,
  NOTHING,
  NULL,
  NUMBER,
  quote,
  STRING,
  UNDEFINED,
  type Value,
} from './value.ts';

export function emitBinary(emitter: Emitter, node: BinaryNode, context: Context): Value {
  const { value: operator } = node;
  const inside = { input: context.input, scope: context.scope };
  const left = emitter.emit(node.lhs, inside);
  if (operator === 'and' || operator === 'or') return emitLogic(emitter, node, left, inside);
  const right = emitter.emit(node.rhs, inside);
  switch (operator) {
    case '=':
    case '!=':
      return emitEquality(emitter, operator, left, right);
    case '&':
      return emitter.temp(`made(${asText(left, node)} + ${asText(right, node)})`, STRING);
    case 'in':
      if (right.items?.length) return emitInConstants(emitter, left, right.items);
      return emitter.temp(`isIn(${left.js}, ${right.js})`, BOOLEAN);
    case '..':
      return emitter.temp(`rangeAt(${left.js}, ${right.js}, LIMIT, ${positionOf(node)})`, ANY);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return emitter.temp(
        `${bothNumbers(left, right)} ? ${left.js} ${operator} ${right.js} : compareAt(${left.js}, ${right.js}, ${quote(operator)}, ${positionOf(node)})`,
        BOOLEAN | UNDEFINED,
      );
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return emitter.temp(
        `${bothFinite(left, right)} ? ${left.js} ${operator} ${right.js} : arithmeticAt(${left.js}, ${right.js}, ${quote(operator)}, ${positionOf(node)})`,
        NUMBER | UNDEFINED,
      );
    default:
      return NOTHING;
  }
}

function bothNumbers(...values: Value[]): string {
  const tests = values.filter(({ type }) => type !== NUMBER).map(({ js }) => `typeof ${js} === "number"`);
  return tests.join(' && ') || 'true';
}

/** Both are numbers that arithmetic can use: neither NaN nor infinite. */
function bothFinite(left: Value, right: Value): string {
  const unknown = [left, right].filter(({ literal }) => literal === undefined);
  const tests = unknown.map(({ js }) => `${js} - ${js} === 0`);
  return [bothNumbers(left, right), ...tests].join(' && ');
}

function asText(value: Value, node: Node): string {
  if (typeof value.literal === 'string') return value.js;
  if (isOnly(value, STRING)) return value.js;
  return `(typeof ${value.js} === "string" ? ${value.js} : textOf(${value.js}, ${positionOf(node)}))`;
}

function emitEquality(emitter: Emitter, operator: '=' | '!=', left: Value, right: Value): Value {
  const [value, other] = right.literal !== undefined ? [left, right] : [right, left];
  if (other.literal !== undefined) {
    if (operator === '=') return emitter.temp(`${value.js} === ${other.js}`, BOOLEAN);
    const differs = `${value.js} !== ${other.js}`;
    return emitter.temp(
      mayBe(value, UNDEFINED) ? `${value.js} !== undefined && ${differs}` : differs,
      BOOLEAN,
    );
  }
  return emitter.temp(`${operator === '=' ? 'isEqual' : 'isUnequal'}(${left.js}, ${right.js})`, BOOLEAN);
}

function emitInConstants(emitter: Emitter, value: Value, constants: readonly Value[]): Value {
  return emitter.temp(constants.map(({ js }) => `${value.js} === ${js}`).join(' || '), BOOLEAN);
}

/** The right side runs only where it matters, and what it throws is put down to the operator. */
function emitLogic(emitter: Emitter, node: BinaryNode, left: Value, context: Context): Value {
  const at = `${quote(node.value)}, ${positionOf(node)}`;
  const result = emitter.name('t');
  emitter.line(`let ${result} = ${truthOr(left, at)};`);
  emitter.line(node.value === 'and' ? `if (${result}) {` : `if (!${result}) {`);
  const body = emitter.aside(() => {
    const right = emitter.emit(node.rhs, context);
    emitter.line(`${result} = ${truthOr(right, at)};`);
  });
  emitter.line(
    () => `try {\n${body()}\n} catch (x) { throw atOperator(x, ${positionOf(node)}, ${quote(node.value)}); }`,
  );
  emitter.line('}');
  return { js: result, type: BOOLEAN };
}

function truthOr(value: Value, at: string): string {
  return simpleTruth(value) ?? `truthAt(${value.js}, ${at})`;
}

/** JavaScript that says whether a value is true in JSONata. */
export function emitTruth(value: Value): string {
  return simpleTruth(value) ?? `truth(${value.js})`;
}

function simpleTruth(value: Value): string | undefined {
  if (isOnly(value, BOOLEAN)) return value.js;
  if (isOnly(value, BOOLEAN | UNDEFINED | NULL)) return `${value.js} === true`;
  if (isOnly(value, STRING)) return `${value.js} !== ""`;
  return undefined;
}

export function emitNegation(emitter: Emitter, node: NegationNode, context: Context): Value {
  const value = emitter.emit(node.expression, { input: context.input, scope: context.scope });
  return emitter.temp(`negate(${value.js}, ${positionOf(node)})`, NUMBER | UNDEFINED);
}

export function emitCondition(emitter: Emitter, node: ConditionNode, context: Context): Value {
  const condition = emitter.emit(node.condition, { input: context.input, scope: context.scope });
  const result = emitter.name('t');
  let type = 0;
  // What a branch gives is written down, whether it is needed or not.
  const { unused: _, ...needed } = context;
  const branch = (inner: Node | undefined) =>
    emitter.branch(() => {
      const value = inner ? emitter.emit(inner, needed) : NOTHING;
      type |= value.type;
      if (value.js !== 'undefined') emitter.line(`${result} = ${value.js};`);
    });
  emitter.line(`let ${result}; if (${emitTruth(condition)}) {`);
  branch(node.then);
  if (node.else) emitter.line('} else {');
  branch(node.else);
  emitter.line('}');
  return { js: result, type };
}
