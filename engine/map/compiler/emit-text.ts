/** The JSON text of what an expression gives, as JavaScript: constructors become text at once, without the object between. */
import {
  type ArrayNode,
  type BlockNode,
  type ConditionNode,
  isArray,
  isLiteral,
  isObject,
  type Node,
  type ObjectNode,
} from '../ast.ts';
import { finished } from './emit.ts';
import { constantKeys, emitMembers } from './emit-constructors.ts';
import { emitBlockWith } from './emit-frames.ts';
import { emitTruth } from './emit-operators.ts';
import { isSimplePath } from './emit-path.ts';
import type { Context, Emitter } from './emitter.ts';
import {
  ARRAY,
  BOOLEAN,
  FUNCTION,
  isOnly,
  mayBe,
  NUMBER,
  quote,
  STRING,
  UNDEFINED,
  type Value,
} from './value.ts';

/** Text that is known now, or JavaScript of something whose text it is. */
type Piece = { text: string } | { js: string };

/** Pieces that follow each other; where there may be no text at all, JavaScript that is undefined then. */
type Text = { pieces: Piece[] } | OptionalText;

interface OptionalText {
  optional: string;
  /** The value that it is the text of, where that may be a string. */
  value?: string;
}

/** Whether an expression gives nothing but what its object constructors make, so that its text needs no value. */
export function hasText(node: Node): boolean {
  if (!isBare(node)) return false;
  if (isObject(node)) return constantKeys(node) !== undefined;
  if (node.type === 'block') {
    const last = node.expressions[node.expressions.length - 1];
    return last !== undefined && hasText(last);
  }
  return node.type === 'condition' && hasText(node.then) && (node.else === undefined || hasText(node.else));
}

/** JavaScript of the JSON text of the whole result; undefined where JSON has none. */
export function emitResultText(emitter: Emitter, node: Node, context: Context): string {
  const text = emitText(emitter, node, context, []);
  return 'optional' in text ? text.optional : joined(text.pieces);
}

/** @param around the conditions and blocks whose result this node is, the innermost first */
function emitText(emitter: Emitter, node: Node, context: Context, around: readonly Node[]): Text {
  if (!emitter.chunks.has(node)) return emitInlineText(emitter, node, context, around);
  let text: Text = NO_TEXT;
  const name = emitter.chunk(() => {
    text = emitInlineText(emitter, node, context, around);
    return 'optional' in text ? text.optional : joined(text.pieces);
  });
  return 'optional' in text ? { optional: name } : { pieces: [{ js: name }] };
}

function emitInlineText(emitter: Emitter, node: Node, context: Context, around: readonly Node[]): Text {
  if (isBare(node)) {
    if (isObject(node))
      return emitObjectText(emitter, node, context) ?? emitOther(emitter, node, context, around);
    if (isArray(node) && isTextual(node)) return emitArrayText(emitter, node, context);
    if (node.type === 'condition') return emitConditionText(emitter, node, context, around);
    if (node.type === 'block') return emitBlockText(emitter, node, context, around);
  }
  if (isFilteredList(emitter, node)) return emitFilteredText(emitter, node, context);
  return emitOther(emitter, node, context, around);
}

function isBare(node: Node): boolean {
  return node.predicate === undefined && node.group === undefined && !node.keepArray;
}

function emitObjectText(emitter: Emitter, node: ObjectNode, context: Context): Text | undefined {
  const keys = constantKeys(node);
  // Objects list keys that are array indices first.
  if (!keys || keys.some((key) => /^\d+$/.test(key))) return undefined;
  const members = emitMembers(node, context, emitter, (value, inside) =>
    emitText(emitter, value, inside, []),
  );
  return members && { pieces: objectPieces(members) };
}

function objectPieces(members: { key: string; value: Text }[]): Piece[] {
  const parts = members.map(({ key, value }) => ({ label: `${JSON.stringify(key)}:`, value }));
  return [{ text: '{' }, ...listPieces(parts), { text: '}' }];
}

/** Parts with commas between those that are there. */
function listPieces(parts: { label: string; value: Text }[]): Piece[] {
  const firstCertain = parts.findIndex(({ value }) => 'pieces' in value);
  if (firstCertain < 0) return [{ js: `(${optionalList(parts)})` }];
  return parts.flatMap(({ label, value }, index): Piece[] => {
    // Commas stand between a part and the first that is certainly there.
    const [before, after] = [index > firstCertain ? ',' : '', index < firstCertain ? ',' : ''];
    if ('pieces' in value) return [{ text: before + label }, ...value.pieces];
    return [{ js: optionalPart(before + label, value, after) }];
  });
}

/** JavaScript of a text between others, empty where there is none. */
function optionalPart(before: string, { optional, value }: OptionalText, after: string): string {
  if (value === undefined) {
    const text = joined([{ text: before }, { js: optional }, { text: after }]);
    return `(${optional} === undefined ? "" : ${text})`;
  }
  // With the quotes in the constant texts there is less to join for each string.
  const plain = joined([{ text: `${before}"` }, { js: value }, { text: `"${after}` }]);
  return `(isPlainText(${value}) ? ${plain} : partOf(${quote(before)}, ${value}, ${quote(after)}))`;
}

/** Nothing is certain: the comma is dropped from whatever comes first. */
function optionalList(parts: { label: string; value: Text }[]): string {
  const texts = parts.map(({ label, value }) => optionalPart(`,${label}`, value as OptionalText, ''));
  return texts.length === 0 ? '""' : `(${texts.join(' + ')}).slice(1)`;
}

/** An array whose items are certainly no arrays that would be taken apart, and no functions. */
function isTextual(node: ArrayNode): boolean {
  const { consarray } = node as ArrayNode & { consarray?: boolean };
  return !consarray && node.expressions.every((item) => isTextualItem(item, true));
}

function isTextualItem(node: Node, mayNest: boolean): boolean {
  if (!isBare(node)) return false;
  if (isLiteral(node)) return true;
  if (isObject(node)) return constantKeys(node) !== undefined;
  if (isArray(node)) return mayNest && isTextual(node);
  if (node.type !== 'condition') return false;
  return isTextualItem(node.then, false) && (node.else === undefined || isTextualItem(node.else, false));
}

function emitArrayText(emitter: Emitter, node: ArrayNode, context: Context): Text {
  const inside = { input: context.input, scope: context.scope, output: true };
  const parts = node.expressions.map((item) => ({ label: '', value: emitText(emitter, item, inside, []) }));
  return { pieces: [{ text: '[' }, ...listPieces(parts), { text: ']' }] };
}

function emitConditionText(
  emitter: Emitter,
  node: ConditionNode,
  context: Context,
  around: readonly Node[],
): Text {
  const condition = emitter.emit(node.condition, { input: context.input, scope: context.scope });
  const result = emitter.name('t');
  let isCertain = true;
  const branch = (inner: Node | undefined) =>
    emitter.branch(() => {
      const text = inner ? emitText(emitter, inner, context, [node, ...around]) : NO_TEXT;
      if ('optional' in text) isCertain = false;
      emitter.line(`${result} = ${'optional' in text ? text.optional : joined(text.pieces)};`);
    });
  emitter.line(`let ${result}; if (${emitTruth(condition)}) {`);
  branch(node.then);
  emitter.line('} else {');
  branch(node.else);
  emitter.line('}');
  return isCertain ? { pieces: [{ js: result }] } : { optional: result };
}

const NO_TEXT: Text = { optional: 'undefined' };

function emitBlockText(emitter: Emitter, node: BlockNode, context: Context, around: readonly Node[]): Text {
  return emitBlockWith(emitter, node, context, (last, inside) =>
    last ? emitText(emitter, last, { ...inside, output: true }, [node, ...around]) : NO_TEXT,
  );
}

/** `[{...}, {...}][name = 1]`: object constructors of which a filter on their own members keeps some. */
function isFilteredList(emitter: Emitter, node: Node): node is ArrayNode {
  if (!isArray(node) || node.group || node.predicate?.length !== 1) return false;
  const [stage] = node.predicate;
  if (stage?.type !== 'filter' || !isYesOrNo(stage.expr)) return false;
  const objects = node.expressions.map(objectsOf);
  return objects.flat().every((object) => {
    const keys = object && constantKeys(object);
    return keys && !keys.some((key) => /^\d+$/.test(key)) && readsOnly(stage.expr, keys, emitter);
  });
}

/** The object constructors that an item may be; undefined among them for anything else. */
function objectsOf(item: Node): (ObjectNode | undefined)[] {
  if (isBare(item) && isObject(item)) return [item];
  if (!isBare(item) || item.type !== 'condition') return [undefined];
  return [...objectsOf(item.then), ...(item.else ? objectsOf(item.else) : [])];
}

const YES_OR_NO: ReadonlySet<string> = new Set(['and', 'or', '=', '!=', '<', '<=', '>', '>=', 'in']);

/** Whether a filter gives no positions. */
function isYesOrNo(node: Node): boolean {
  if (!isBare(node)) return false;
  return (node.type === 'binary' && YES_OR_NO.has(node.value)) || asksOf(node) !== undefined;
}

/** The operand of `$exists` or `$not`. */
function asksOf(node: Node): { name: string; operand: Node } | undefined {
  if (node.type !== 'function' || node.procedure.type !== 'variable' || !isBare(node.procedure))
    return undefined;
  const [operand, ...others] = node.arguments;
  const { value: name } = node.procedure;
  return operand && others.length === 0 && (name === 'exists' || name === 'not')
    ? { name, operand }
    : undefined;
}

/** Whether an expression asks its context for nothing but members that are among `keys`. */
function readsOnly(node: Node, keys: readonly string[], emitter: Emitter): boolean {
  if (!isBare(node)) return false;
  if (isLiteral(node)) return true;
  if (node.type === 'path') {
    const [step] = node.steps;
    return (
      node.steps.length === 1 && step?.type === 'name' && keys.includes(step.value) && isSimplePath(node)
    );
  }
  if (node.type === 'binary') return readsOnly(node.lhs, keys, emitter) && readsOnly(node.rhs, keys, emitter);
  if (isArray(node)) return node.expressions.every((item) => isBare(item) && isLiteral(item));
  const asked = asksOf(node);
  return (
    asked !== undefined && !emitter.analysis.bound.has(asked.name) && readsOnly(asked.operand, keys, emitter)
  );
}

function emitFilteredText(emitter: Emitter, node: ArrayNode, context: Context): Text {
  const [list, count] = [emitter.name('t'), emitter.name('n')];
  emitter.line(`let ${list} = "", ${count} = 0;`);
  for (const item of node.expressions) emitKept(emitter, item, { node, list, count }, context);
  const brackets = joined([{ text: '[' }, { js: list }, { text: ']' }]);
  const one = node.keepArray ? brackets : `${count} === 1 ? ${list} : ${brackets}`;
  return { optional: emitter.temp(`${count} === 0 ? undefined : ${one}`, STRING | UNDEFINED).js };
}

/** An item of a filtered list: its text is added if the filter says so. */
function emitKept(
  emitter: Emitter,
  item: Node,
  to: { node: ArrayNode; list: string; count: string },
  context: Context,
): void {
  const inside = { input: context.input, scope: context.scope };
  if (item.type === 'condition') {
    const condition = emitter.emit(item.condition, inside);
    emitter.line(`if (${emitTruth(condition)}) {`);
    emitter.branch(() => emitKept(emitter, item.then, to, context));
    emitter.line('} else {');
    emitter.branch(() => item.else && emitKept(emitter, item.else, to, context));
    emitter.line('}');
    return;
  }
  emitter.branch(() => {
    const values = emitMembers(item as ObjectNode, inside, emitter, (value, at) => emitter.emit(value, at));
    const name = emitter.name('o');
    for (const { key, value } of values ?? []) {
      emitter.know(`fieldsOfContext ${name} ${JSON.stringify([key])}`, memberAsRead(emitter, key, value));
    }
    const [stage] = to.node.predicate ?? [];
    if (stage?.type !== 'filter') return;
    const answer = emitter.emit(stage.expr, { input: name, scope: context.scope });
    emitter.line(`if (${emitTruth(answer)}) {`);
    const members = (values ?? []).map(({ key, value }) => ({ key, value: textOf(value) }));
    const text = joined(objectPieces(members));
    emitter.line(`${to.list} = (${to.count}++ === 0 ? "" : ${to.list} + ",") + ${text};`);
    emitter.line('}');
  });
}

/** A member of an object that was just made, as a path gives it. */
function memberAsRead(emitter: Emitter, key: string, value: Value): Value {
  if (!mayBe(value, ARRAY)) return value;
  const { js } = value;
  const slow = `fieldsOfContext({ ${quote(key)}: ${js} }, ${emitter.constant([key])}, LIMIT)`;
  return emitter.temp(`isArray(${js}) && ${js}.sequence === true ? ${slow} : ${js}`, value.type);
}

function emitOther(emitter: Emitter, node: Node, context: Context, around: readonly Node[]): Text {
  let value = emitter.emit(node, { input: context.input, scope: context.scope, output: true });
  for (const outer of around) {
    if (outer.type === 'condition') value = { js: value.js, type: value.type };
    value = finished(emitter, value, false, true);
  }
  return textOf(value);
}

function textOf(value: Value): Text {
  const { js, type, literal } = value;
  if (literal !== undefined) return { pieces: [{ text: JSON.stringify(literal) }] };
  if (isOnly(value, UNDEFINED)) return NO_TEXT;
  if (isOnly(value, BOOLEAN)) return { pieces: [{ js }] };
  if (isOnly(value, STRING)) return { pieces: [{ js: `quoted(${js})` }] };
  if (isOnly(value, NUMBER)) return { pieces: [{ js: `(${js} - ${js} === 0 ? ${js} : "null")` }] };
  if (isOnly(value, BOOLEAN | UNDEFINED)) return { optional: js };
  const text = `jsonText(${js})`;
  return type & (UNDEFINED | FUNCTION) ? { optional: text, value: js } : { pieces: [{ js: text }] };
}

/** One JavaScript expression of the text of all pieces. */
function joined(pieces: readonly Piece[]): string {
  const parts: string[] = [];
  let text = '';
  for (const piece of pieces) {
    if ('text' in piece) {
      text += piece.text;
      continue;
    }
    // What comes first is a text, so that all that follows is joined to it.
    if (text !== '' || parts.length === 0) parts.push(quote(text));
    text = '';
    parts.push(piece.js);
  }
  if (text !== '' || parts.length === 0) parts.push(quote(text));
  return `(${parts.join(' + ')})`;
}
