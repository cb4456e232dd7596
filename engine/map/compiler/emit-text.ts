/** The JSON text of what an expression gives, as JavaScript that writes it: constructors become text at once, without the object between. */
import {
  type ArrayNode,
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
import { constantOf } from './runtime/json-bytes.ts';
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

/** JavaScript that writes the JSON text of the whole result to `out`, or nothing where JSON has none. */
export function emitResultText(emitter: Emitter, node: Node, context: Context): void {
  const writing = new Writing(emitter);
  emitText(writing, node, context, []);
  writing.flush();
}

/** Constant text that follows constant text is written in one go. */
class Writing {
  readonly emitter: Emitter;
  #pending = '';
  #sites = 0;

  constructor(emitter: Emitter) {
    this.emitter = emitter;
  }

  text(text: string): void {
    this.#pending += text;
  }

  /** Writes what is there so far: before anything else is written, and wherever code branches. */
  flush(): void {
    if (this.#pending !== '') this.emitter.line(`out.constant(${this.#taken()});`);
  }

  /** Writes what is there so far and a label with its value, or no label where there is no value. */
  member(label: string, value: string): void {
    this.#pending += label;
    const { length } = Buffer.from(label);
    this.emitter.line(`out.member(${this.#taken()}, ${value}, ${length}, ${this.#sites++});`);
  }

  /** The constant of what is there so far. */
  #taken(): string {
    const name = this.emitter.constant(constantOf(this.#pending));
    this.#pending = '';
    return name;
  }

  line(line: string): void {
    this.flush();
    this.emitter.line(line);
  }

  /** Closes a list of parts that each end with a comma. */
  close(bracket: '}' | ']'): void {
    if (this.#pending === '') this.line(`out.close(${bracket.charCodeAt(0)});`);
    else this.#pending = this.#pending.replace(/,$/, '') + bracket;
  }

  /** Code that may not run. */
  branch<T>(write: () => T): T {
    return this.emitter.branch(() => {
      const result = write();
      this.flush();
      return result;
    });
  }
}

/**
 * Writes the text of a node, or nothing where there is none; gives whether there certainly is one.
 * @param around the conditions and blocks whose result this node is, the innermost first
 */
function emitText(writing: Writing, node: Node, context: Context, around: readonly Node[]): boolean {
  const { emitter } = writing;
  if (!isMade(emitter, node)) return emitValueText(writing, otherValue(emitter, node, context, around));
  if (!emitter.chunks.has(node)) return emitMadeText(writing, node, context, around);
  let isCertain = true;
  writing.flush();
  emitter.chunk(() => {
    isCertain = emitMadeText(writing, node, context, around);
    writing.flush();
    return 'undefined';
  });
  return isCertain;
}

function emitMadeText(writing: Writing, node: Node, context: Context, around: readonly Node[]): boolean {
  const { emitter } = writing;
  if (isObject(node)) return emitObjectText(writing, node, context);
  if (node.type === 'condition') return emitConditionText(writing, node, context, around);
  if (node.type === 'block') {
    return emitBlockWith(emitter, node, context, (last, inside) =>
      last ? emitText(writing, last, { ...inside, output: true }, [node, ...around]) : false,
    );
  }
  if (isFilteredList(emitter, node)) return emitFilteredText(writing, node, context);
  return isArray(node) && emitArrayText(writing, node, context);
}

/** Whether the text of a node is put together from the texts of what is in it. */
function isMade(emitter: Emitter, node: Node): boolean {
  if (isFilteredList(emitter, node)) return true;
  if (!isBare(node)) return false;
  // Objects list keys that are array indices first.
  if (isObject(node)) return constantKeys(node)?.every((key) => !/^\d+$/.test(key)) ?? false;
  if (isArray(node)) return isTextual(node);
  if (node.type === 'block') {
    const last = node.expressions[node.expressions.length - 1];
    return last !== undefined && isMade(emitter, last);
  }
  if (node.type !== 'condition') return false;
  return isMade(emitter, node.then) || (node.else !== undefined && isMade(emitter, node.else));
}

function isBare(node: Node): boolean {
  return node.predicate === undefined && node.group === undefined && !node.keepArray;
}

function emitObjectText(writing: Writing, node: ObjectNode, context: Context): boolean {
  const keys = constantKeys(node) ?? [];
  let index = 0;
  writing.text('{');
  emitMembers(node, context, writing.emitter, (value, inside) =>
    emitPart(writing, `${JSON.stringify(keys[index++])}:`, value, inside),
  );
  writing.close('}');
  return true;
}

/** A label, a text and a comma, or nothing where there is no text. */
function emitPart(writing: Writing, label: string, node: Node, context: Context): void {
  const { emitter } = writing;
  if (!isMade(emitter, node)) {
    emitValuePart(writing, label, otherValue(emitter, node, context, []));
    return;
  }
  writing.text(label);
  if (isObject(node) || (isArray(node) && isBare(node))) {
    emitText(writing, node, context, []);
    writing.text(',');
    return;
  }
  const before = emitter.name('p');
  writing.line(`const ${before} = out.at;`);
  emitText(writing, node, context, []);
  const { length } = Buffer.from(label);
  writing.line(`if (out.at === ${before}) out.at -= ${length}; else out.byte(${','.charCodeAt(0)});`);
}

function emitValuePart(writing: Writing, label: string, value: Value): void {
  if (isOnly(value, UNDEFINED)) return;
  if (value.type & (UNDEFINED | FUNCTION)) writing.member(label, value.js);
  else {
    writing.text(label);
    emitValueText(writing, value);
    writing.text(',');
  }
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

function emitArrayText(writing: Writing, node: ArrayNode, context: Context): boolean {
  const inside = { input: context.input, scope: context.scope, output: true };
  writing.text('[');
  for (const item of node.expressions) emitPart(writing, '', item, inside);
  writing.close(']');
  return true;
}

function emitConditionText(
  writing: Writing,
  node: ConditionNode,
  context: Context,
  around: readonly Node[],
): boolean {
  const condition = writing.emitter.emit(node.condition, { input: context.input, scope: context.scope });
  const branch = (inner: Node | undefined) =>
    writing.branch(() => inner !== undefined && emitText(writing, inner, context, [node, ...around]));
  writing.line(`if (${emitTruth(condition)}) {`);
  const isThen = branch(node.then);
  writing.line('} else {');
  const isElse = branch(node.else);
  writing.line('}');
  return isThen && isElse;
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

function emitFilteredText(writing: Writing, node: ArrayNode, context: Context): boolean {
  const { emitter } = writing;
  const [start, count] = [emitter.name('p'), emitter.name('n')];
  writing.line(`const ${start} = out.at; let ${count} = 0;`);
  writing.text('[');
  writing.flush();
  for (const item of node.expressions) emitKept(writing, item, { node, count }, context);
  writing.line(`if (${count} === 0) out.at = ${start}; else out.close(${']'.charCodeAt(0)});`);
  if (!node.keepArray) writing.line(`if (${count} === 1) out.unwrap(${start});`);
  return false;
}

/** An item of a filtered list: its text is written if the filter says so. */
function emitKept(
  writing: Writing,
  item: Node,
  to: { node: ArrayNode; count: string },
  context: Context,
): void {
  const { emitter } = writing;
  const inside = { input: context.input, scope: context.scope };
  if (item.type === 'condition') {
    const condition = emitter.emit(item.condition, inside);
    writing.line(`if (${emitTruth(condition)}) {`);
    writing.branch(() => emitKept(writing, item.then, to, context));
    writing.line('} else {');
    writing.branch(() => item.else && emitKept(writing, item.else, to, context));
    writing.line('}');
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
    writing.line(`if (${emitTruth(answer)}) {`);
    writing.text('{');
    for (const { key, value } of values ?? []) emitValuePart(writing, `${JSON.stringify(key)}:`, value);
    writing.close('}');
    writing.text(',');
    writing.line(`${to.count}++;`);
    writing.line('}');
  });
}

/** A member of an object that was just made, as a path gives it. */
function memberAsRead(emitter: Emitter, key: string, value: Value): Value {
  if (!mayBe(value, ARRAY)) return value;
  const { js } = value;
  const slow = `fieldsOfContext({ ${quote(key)}: ${js} }, ${emitter.constant([key])}, LIMIT)`;
  return emitter.temp(`typeof ${js} === "object" && isSequence(${js}) ? ${slow} : ${js}`, value.type);
}

function otherValue(emitter: Emitter, node: Node, context: Context, around: readonly Node[]): Value {
  let value = emitter.emit(node, { input: context.input, scope: context.scope, output: true });
  for (const outer of around) {
    if (outer.type === 'condition') value = { js: value.js, type: value.type };
    value = finished(emitter, value, false, true);
  }
  return value;
}

function emitValueText(writing: Writing, value: Value): boolean {
  const { js, type, literal } = value;
  if (literal !== undefined) {
    writing.text(JSON.stringify(literal));
    return true;
  }
  if (isOnly(value, UNDEFINED)) return false;
  if (isOnly(value, STRING)) writing.line(`out.string(${js});`);
  else if (isOnly(value, NUMBER)) writing.line(`out.number(${js});`);
  else if (isOnly(value, BOOLEAN)) writing.line(`out.raw(${js} ? "true" : "false");`);
  else writing.line(`out.value(${js});`);
  return (type & (UNDEFINED | FUNCTION)) === 0;
}
