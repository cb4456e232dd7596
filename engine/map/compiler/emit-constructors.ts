/** Array and object constructors and grouping as JavaScript. */
import { type ArrayNode, isLiteral, type Node, type ObjectNode } from '../ast.ts';
import { type Context, type Emitter, positionOf } from './emitter.ts';
import { ANY, ARRAY, mayBe, OBJECT, quote, UNDEFINED, type Value } from './value.ts';

export function emitArray(emitter: Emitter, node: ArrayNode, context: Context): Value {
  const { consarray } = node as ArrayNode & { consarray?: boolean };
  const output = Boolean(context.output) && !consarray && !node.predicate && !node.group;
  const inside = { input: context.input, scope: context.scope, output };
  const values = node.expressions.map((item) => ({ item, value: emitter.emit(item, inside) }));
  const isPlain = values.every(
    ({ item, value }) => !mayBe(value, UNDEFINED) && (!mayBe(value, ARRAY) || isNested(item)),
  );
  let list: Value;
  if (isPlain) list = emitter.temp(`[${values.map(({ value }) => value.js).join(', ')}]`, ARRAY);
  else {
    list = emitter.temp('[]', ARRAY);
    for (const { item, value } of values) {
      const add = isNested(item)
        ? `${list.js}.push(${value.js})`
        : `appendTo(${list.js}, ${value.js}, LIMIT)`;
      emitter.line(mayBe(value, UNDEFINED) ? `if (${value.js} !== undefined) ${add};` : `${add};`);
    }
  }
  if (consarray) emitter.line(`markConstructed(${list.js});`);
  // A new array is no sequence: whoever asked gets it as it is.
  const items = values.map(({ value }) => value);
  const isConstant = items.length <= ITEMS_MAX && items.every(({ literal }) => literal !== undefined);
  return { js: list.js, type: ARRAY, isPlainArray: true, ...(isConstant && { items }) };
}

/** Longer arrays are searched by a loop. */
const ITEMS_MAX = 16;

/** Arrays written as items stay arrays; every other array is taken apart. */
function isNested(item: Node): boolean {
  return (item as { value?: unknown }).value === '[';
}

export function emitObject(emitter: Emitter, node: ObjectNode, context: Context): Value {
  const members = emitMembers(node, context, emitter, (value, inside) => emitter.emit(value, inside));
  if (!members) {
    const inside = { input: context.input, scope: context.scope };
    return emitGroup(emitter, node, { js: context.input, type: ANY }, inside);
  }
  const certain = members.findIndex(({ value }) => mayBe(value, UNDEFINED));
  const leading = certain < 0 ? members : members.slice(0, certain);
  const bare = emitter.makesBare ? '__proto__: null, ' : '';
  const object = emitter.temp(
    `{ ${bare}${leading.map(({ key, value }) => `${quote(key)}: ${value.js}`).join(', ')} }`,
    OBJECT,
  );
  for (const { key, value } of members.slice(leading.length)) {
    const set = `${object.js}[${quote(key)}] = ${value.js};`;
    emitter.line(mayBe(value, UNDEFINED) ? `if (${value.js} !== undefined) ${set}` : set);
  }
  return object;
}

/**
 * Writes the values of an object constructor, each by `emitValue`, in the order of the text; undefined, with nothing
 * written, where keys must be evaluated.
 */
export function emitMembers<T>(
  node: ObjectNode,
  context: Context,
  emitter: Emitter,
  emitValue: (value: Node, inside: Context) => T,
): { key: string; value: T }[] | undefined {
  const keys = constantKeys(node);
  if (!keys || context.scope.frame !== undefined) return undefined;
  const isConstant = node.lhs.every(([, value]) => isLiteral(value) && !value.predicate && !value.group);
  const { js: input } = isConstant
    ? { js: context.input }
    : emitter.once(`group ${context.input}`, () =>
        emitter.temp(
          `isArray(${context.input}) ? contextOfGroup(${context.input}, LIMIT) : ${context.input}`,
          ANY,
        ),
      );
  const inside = { input, scope: context.scope, output: Boolean(context.output) };
  return node.lhs.map(([, value], index) => ({
    key: keys[index] as string,
    value: emitValue(value, inside),
  }));
}

/** The keys of an object constructor that needs no grouping. */
export function constantKeys(node: ObjectNode): string[] | undefined {
  const keys: string[] = [];
  for (const [key] of node.lhs) {
    if (key.type !== 'string' || key.predicate || key.group || typeof key.value !== 'string')
      return undefined;
    if (SPECIAL_KEYS.has(key.value) || keys.includes(key.value)) return undefined;
    keys.push(key.value);
  }
  return keys;
}

const SPECIAL_KEYS: ReadonlySet<string> = new Set(['__proto__', '_jsonata_lambda', '_jsonata_function']);

/** Keys that are evaluated for each item, values for each group. */
export function emitGroup(
  emitter: Emitter,
  group: { lhs: [Node, Node][]; position?: number },
  source: Value,
  context: Context,
): Value {
  const parts = group.lhs.map(([key, value]) => [emitter.part(key, context), emitter.part(value, context)]);
  const name = emitter.name('t');
  emitter.line(() => {
    const pairs = parts.map((pair) => `[${pair.map((part) => part()).join(', ')}]`);
    const js = `group(${source.js}, [${pairs.join(', ')}], ${positionOf(group)}, LIMIT${emitter.frameArgument(context)})`;
    return `const ${name} = ${emitter.makesBare ? `bare(${js})` : js};`;
  });
  return { js: name, type: OBJECT };
}
