/** The rules that a verified payload has to keep to, as the function's schemes have them. */
import { isUtf8 } from 'node:buffer';
import type { Scheme } from '../contract/schemes.ts';
import { jsonObject, memberNames } from './json.ts';

/** The rule that a payload breaks; the answer is then 400. */
export function brokenRule(scheme: Scheme, payload: Buffer): string | undefined {
  const json = payload.toString();
  const object = isUtf8(payload) ? jsonObject(json) : undefined;
  if (!object) return 'the payload is not a JSON object';
  if (scheme !== 'form') return undefined;
  const names = memberNames(json);
  const twice = ['eventType', 'conversation'].find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (twice) return `${twice} is given twice`;
  const { eventType = '', conversation = { id: '' } } = object;
  if (typeof eventType !== 'string') return 'eventType is not a string';
  if (typeof (conversation as { id?: unknown } | null)?.id !== 'string')
    return 'conversation is not an object with a string id';
  return undefined;
}
