/** Paths as JavaScript, where no step carries variables: names on plain objects are field accesses, all else is loops. */
import type { Node, PathNode, SortNode } from '../ast.ts';
import { emitFilter, emitLoop, listed } from './emit.ts';
import { emitGroup } from './emit-constructors.ts';
import { type Context, type Emitter, type Opened, positionOf } from './emitter.ts';
import { ANY, ARRAY, isOnly, mayBe, OBJECT, quote, UNDEFINED, type Value } from './value.ts';

export function emitPath(emitter: Emitter, node: PathNode, context: Context): Value {
  const inside = { input: context.input, scope: context.scope };
  const [first, ...rest] = node.steps as [Node, ...Node[]];
  if (isSimplePath(node)) {
    const names = node.steps.every(isPlainName) ? node.steps : rest;
    const keys = names.map((step) => (step as { value: string }).value);
    if (names === node.steps)
      return emitNames(emitter, { js: inside.input, type: ANY }, keys, 'fieldsOfContext');
    const start = emitter.emit(first, inside);
    return emitNames(emitter, start, keys, 'fieldsOfValue');
  }
  return emitSteps(emitter, node, inside);
}

/** Names only, perhaps after a variable, and nothing that changes what they give. */
export function isSimplePath(node: PathNode): boolean {
  const { keepSingletonArray } = node as PathNode & { keepSingletonArray?: boolean };
  if (keepSingletonArray || node.keepArray || node.group) return false;
  const [first, ...rest] = node.steps;
  if (!first || !rest.every(isPlainName)) return false;
  return isPlainName(first) || (rest.length > 0 && first.type === 'variable' && isPlain(first));
}

function isPlainName(step: Node): boolean {
  return step.type === 'name' && isPlain(step);
}

function isPlain(step: Node): boolean {
  const { stages, predicate, group, focus, index, keepArray } = step;
  return !stages && !predicate && !group && focus === undefined && index === undefined && !keepArray;
}

/** Field after field as long as there are plain objects; the runtime takes the whole path where there are arrays. */
function emitNames(emitter: Emitter, from: Value, keys: string[], general: string): Value {
  return emitter.once(`${general} ${from.js} ${JSON.stringify(keys)}`, () => {
    const isOurs = isOnly(from, OBJECT | UNDEFINED) && keys.length === 1;
    return isOurs ? emitOwnName(emitter, from, keys, general) : emitFields(emitter, from.js, keys, general);
  });
}

/** A field of an object that a constructor made: certainly a plain one. */
function emitOwnName(emitter: Emitter, from: Value, keys: string[], general: string): Value {
  const found = emitter.name('t');
  const field = ownField(from.js, keys[0] as string);
  emitter.line(
    `let ${found} = ${mayBe(from, UNDEFINED) ? `${from.js} === undefined ? undefined : ` : ''}${field};`,
  );
  emitter.line(
    `if (typeof ${found} === "object" && isSequence(${found})) ${found} = ${general}(${from.js}, ${emitter.constant(keys)}, LIMIT);`,
  );
  return { js: found, type: ANY, isFinished: true };
}

function emitFields(emitter: Emitter, start: string, keys: string[], general: string): Value {
  const last = keys[keys.length - 1] as string;
  const allKeys = emitter.constant(keys);
  const slow = `${general}(${start}, ${allKeys}, LIMIT)`;
  let owner = open(emitter, start, start);
  for (let step = 0; step < keys.length - 1; step++) {
    const path = `${start} ${JSON.stringify(keys.slice(0, step + 1))}`;
    const known = emitter.openedAt(path);
    owner = known ?? open(emitter, path, emitter.temp(fieldOfOpened(owner, keys[step] as string), ANY).js);
  }
  const found = emitter.name('t');
  emitter.line(`let ${found} = ${fieldOfOpened(owner, last)};`);
  emitter.line(`if (typeof ${found} === "object" && isSequence(${found})) ${found} = ${slow};`);
  return { js: found, type: ANY, isFinished: true };
}

function fieldOfOpened({ js, isPlain, otherwise }: Opened, key: string): string {
  return isPlain === 'true' ? ownField(js, key) : `${isPlain} ? ${ownField(js, key)} : ${otherwise}`;
}

function open(emitter: Emitter, path: string, js: string): Opened {
  const known = emitter.openedAt(path);
  if (known) return known;
  const isPlain = emitter.pure(`isPlain(${js})`, ANY).js;
  const otherwise = emitter.pure(`!${isPlain} && isObject(${js}) ? CANNOT_OPEN : undefined`, ANY).js;
  const opened = { js, isPlain, otherwise };
  emitter.open(path, opened);
  return opened;
}

/** A field of a plain object. What all objects inherit is only there if it is their own. */
function ownField(object: string, key: string): string {
  return key in Object.prototype ? `own(${object}, ${quote(key)})` : `${object}[${quote(key)}]`;
}

function emitSteps(emitter: Emitter, node: PathNode, context: Context): Value {
  const { keepSingletonArray } = node as PathNode & { keepSingletonArray?: boolean };
  const [first] = node.steps;
  const isValue = first?.type === 'variable';
  const { consarray } = (first ?? {}) as { consarray?: boolean };
  const list = `isArray(${context.input}) ? ${context.input} : ${consarray ? 'sequenceOf' : 'listOf'}(${context.input})`;
  const start = emitter.temp(isValue ? `[${context.input}]` : list, ARRAY);
  const [result, label] = [emitter.name('t'), emitter.name('path')];
  emitter.line(`let ${result} = ${start.js}; ${label}: {`);
  emitter.branch(() => {
    node.steps.forEach((step, index) => {
      const isLast = index === node.steps.length - 1;
      const isInner = !isLast && node.steps[index + 1]?.type !== 'sort';
      const isList = emitStep(emitter, step, {
        result,
        isFirst: index === 0,
        isLast,
        isInner,
        scope: context.scope,
      });
      if (isList) emitter.line(`if (${result}.length === 0) { mark(${result}); break ${label}; }`);
      else if (!isLast)
        emitter.line(`if (${result} === undefined || ${result}.length === 0) break ${label};`);
    });
  });
  emitter.line('}');
  if (keepSingletonArray) emitter.line(`${result} = keepSingleton(${result});`);
  const value = { js: result, type: ANY };
  return node.group ? emitGroup(emitter, node.group, value, context) : value;
}

/**
 * Gives whether the result is a list that is not marked as a sequence yet.
 * @param at.isInner whether nothing but the next step sees the result as a list
 */
function emitStep(
  emitter: Emitter,
  step: Node,
  at: { result: string; isFirst: boolean; isLast: boolean; isInner: boolean; scope: Context['scope'] },
): boolean {
  const { result, scope } = at;
  const { consarray } = step as Node & { consarray?: boolean };
  if (at.isFirst && consarray) {
    // The first array constructor sees the list of inputs, not each of them.
    const input = emitter.temp(result, ARRAY);
    emitter.line(`${result} = ${emitter.emit(step, { input: input.js, scope }).js};`);
    return false;
  }
  if (step.type === 'sort') {
    const sorted = emitSort(emitter, step, result, { input: result, scope });
    emitter.line(`${result} = ${emitStages(emitter, step, sorted, { input: result, scope }).js};`);
    return false;
  }
  const results = emitter.temp('[]', ARRAY);
  emitLoop(emitter, result, (item) => {
    const context = { input: item, scope };
    const value = emitStages(emitter, step, emitter.emit(step, context), context);
    emitter.line(`if (${value.js} !== undefined) push(${results.js}, ${value.js}, LIMIT);`);
  });
  if (at.isInner) emitter.line(`${result} = flattened(${results.js}, LIMIT);`);
  else emitter.line(`${result} = flattenStep(${results.js}, ${at.isLast}, LIMIT);`);
  return at.isInner;
}

function emitStages(emitter: Emitter, step: Node, value: Value, context: Context): Value {
  let filtered = value;
  for (const stage of step.stages ?? []) {
    filtered = listed(emitter, emitFilter(emitter, stage, filtered, context));
  }
  return filtered;
}

export function emitSort(emitter: Emitter, node: SortNode, list: string, context: Context): Value {
  const parts = node.terms.map(({ descending, expression }) => ({
    part: emitter.part(expression, context),
    descending,
  }));
  const name = emitter.name('t');
  emitter.line(() => {
    const terms = parts.map(({ part, descending }) => `{ part: ${part()}, descending: ${descending} }`);
    return `const ${name} = orderBy(run, ${list}, [${terms.join(', ')}], ${positionOf(node)}${emitter.frameArgument(context)});`;
  });
  return { js: name, type: ANY };
}
