/** How the URLs in a stack's outputs are reached. */
/** The variable by which `npm start` says where its own webhook listener is. */
export const WEBHOOK_ORIGIN = 'GENESYS_WEBHOOK_ORIGIN';

/** Where a local AWS is, AWS's host names would lead to the real one: its webhook listener has the same paths. */
export function localUrl(url: string, origin: string): string {
  return new URL(new URL(url).pathname, origin).href;
}
