/** The files of the disk with some of them written otherwise, in memory: for definitions that are broken in one place. */
import { basename, dirname, resolve } from 'node:path';
import { type Files, nodeFiles } from '../../engine/files.ts';

/** `texts` by path; what is not among them is read from the disk. */
export function filesWith(texts: Readonly<Record<string, string>>, disk: Files = nodeFiles): Files {
  const own = new Map(Object.entries(texts).map(([path, text]) => [resolve(path), text]));
  const below = (path: string) => [...own.keys()].filter((file) => file.startsWith(`${resolve(path)}/`));
  return {
    ...nodeFiles,
    readText: async (path) => own.get(resolve(path)) ?? disk.readText(path),
    readBytes: async (path) => {
      const text = own.get(resolve(path));
      return text === undefined ? disk.readBytes(path) : Buffer.from(text);
    },
    list: async (path) => {
      const names = below(path).map((file) => {
        let at = file;
        while (dirname(at) !== resolve(path)) at = dirname(at);
        return basename(at);
      });
      return [...new Set([...(await disk.list(path)), ...names])].sort();
    },
    kind: async (path) =>
      own.has(resolve(path)) ? 'file' : below(path).length > 0 ? 'directory' : disk.kind(path),
  };
}

/** The disk as it was when it was first asked: for reading the same definitions a thousand times. */
export function rememberedFiles(): Files {
  return {
    ...nodeFiles,
    readText: remembered(nodeFiles.readText),
    list: remembered(nodeFiles.list),
    kind: remembered(nodeFiles.kind),
  };
}

function remembered<T>(ask: (path: string) => Promise<T>): (path: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (path) => {
    const answer = answers.get(path) ?? ask(path);
    answers.set(path, answer);
    return answer;
  };
}
