/** A file that holds a credential, as text, or an error that says which setting's file is at fault. */
import { EngineError } from '../errors.ts';
import type { Files } from '../files.ts';

/**
 * The content of a credential's file. `what` names it in errors: "certificate", "private key", "client assertion".
 * @throws EngineError `auth-file-unreadable`, `auth-file-empty`, both with the path
 */
export async function readCredentialFile(files: Files, path: string, what: string): Promise<string> {
  let text: string;
  try {
    text = await files.readText(path);
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
    throw new EngineError({
      code: 'auth-file-unreadable',
      kind: 'credentials',
      message: `the ${what} file \`${path}\` cannot be read: ${reason}`,
      fix: `Check that \`${path}\` exists and that this user may read it.`,
      cause,
    });
  }
  if (text.trim() !== '') return text;
  throw new EngineError({
    code: 'auth-file-empty',
    kind: 'credentials',
    message: `the ${what} file \`${path}\` is empty`,
    fix: `Put the ${what} into \`${path}\`.`,
  });
}
