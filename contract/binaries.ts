/** The binaries of the workspace, each of which is the `bootstrap` of a function. */
export const BINARIES = ['genesys-webhook', 'genesys-webhook-rotation'] as const;

export type Binary = (typeof BINARIES)[number];
