/** Paths as JavaScript where steps may carry variables: each step is a function that the runtime goes through. */
import type { Node, PathNode } from '../ast.ts';
import { emitGroup } from './emit-constructors.ts';
import { emitPath, isSimplePath } from './emit-path.ts';
import { type Context, type Emitter, positionOf } from './emitter.ts';
import { ANY, quote, type Value } from './value.ts';

/** What the parser puts on nodes that carry tuples. */
interface Marks {
  consarray?: boolean;
  tuple?: boolean;
  keepSingletonArray?: boolean;
  ancestor?: { label: string };
}

export function emitTuplePath(emitter: Emitter, node: PathNode, context: Context): Value {
  const marks = node as PathNode & Marks;
  const isSimple = isSimplePath(node) && !marks.tuple && node.steps.every((step) => !(step as Marks).tuple);
  if (isSimple) return emitPath(emitter, node, context);
  const steps = node.steps.map((step) => emitStep(emitter, step, context));
  const name = emitter.name('t');
  const options = `{ isValue: ${node.steps[0]?.type === 'variable'}, keepsTuples: ${Boolean(marks.tuple)}, keepsSingleton: ${Boolean(marks.keepSingletonArray)}, forGroup: ${Boolean(node.group)} }`;
  emitter.line(() => {
    const list = steps.map((step) => step()).join(',\n');
    return `const ${name} = walkSteps(run, ${context.input}, [${list}], ${options}, ${context.scope.frame});`;
  });
  const value = { js: name, type: ANY };
  return node.group ? emitGroup(emitter, node.group, value, context) : value;
}

function emitStep(emitter: Emitter, step: Node, context: Context): () => string {
  const marks = step as Node & Marks;
  const stages = (step.stages ?? []).map((stage) => {
    if (stage.type === 'index') return () => `{ index: ${quote(stage.value)} }`;
    const { expr } = stage;
    if (expr.type === 'number') return () => `{ at: ${expr.value} }`;
    const part = emitter.part(expr, context);
    return () => `{ filter: ${part()} }`;
  });
  const fields: (() => string)[] = [() => `stages: [${stages.map((stage) => stage()).join(', ')}]`];
  if (step.type === 'sort') {
    const terms = step.terms.map(({ descending, expression }) => {
      const part = emitter.part(expression, context);
      return () => `{ part: ${part()}, descending: ${descending} }`;
    });
    fields.push(() => `terms: [${terms.map((term) => term()).join(', ')}], position: ${positionOf(step)}`);
  } else {
    const part = emitter.part(step, context);
    fields.push(() => `part: ${part()}`);
  }
  if (marks.consarray) fields.push(() => 'isConstructor: true');
  if (marks.tuple) fields.push(() => 'isTuple: true');
  for (const key of ['focus', 'index'] as const) {
    const name = step[key];
    if (name !== undefined) fields.push(() => `${key}: ${quote(name)}`);
  }
  const { ancestor } = marks;
  if (ancestor) fields.push(() => `ancestor: ${quote(ancestor.label)}`);
  return () => `{ ${fields.map((field) => field()).join(', ')} }`;
}
