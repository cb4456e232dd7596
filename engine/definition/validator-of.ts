/** What checks values against a schema? A function that ajv compiles; in the bundled command line it is compiled before. */
import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { FORMATS } from './formats.ts';
import type { Schema } from './schema/schema.ts';

/** The schemas are ours and tested: not checking them, nor optimising code that runs once, saves most of the time. */
const OPTIONS: Options = {
  allErrors: true,
  verbose: true,
  discriminator: true,
  strictTypes: false,
  meta: false,
  validateSchema: false,
  code: { optimize: false },
};

const validators = new WeakMap<Schema, ValidateFunction>();

/** `rolldown.config.ts` puts a module with ready functions in the place of this one. */
export function validatorOf(schema: Schema): ValidateFunction {
  let validate = validators.get(schema);
  if (!validate) {
    validate = createAjv().compile(schema);
    validators.set(schema, validate);
  }
  return validate;
}

/** @param code how the functions are to be written, for one that writes them into a file */
export function createAjv(code: Options['code'] = {}): Ajv {
  const ajv = new Ajv({ ...OPTIONS, code: { ...OPTIONS.code, ...code } });
  ajv.addVocabulary(['x-template', 'x-expression', 'x-path', 'x-reference', 'x-secret']);
  for (const [name, isFormat] of Object.entries(FORMATS)) ajv.addFormat(name, isFormat);
  return ajv;
}
