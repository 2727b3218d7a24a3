import { cannotBuild } from '../cdk/build-function.ts';
import { faults } from './faults.ts';
import { fuzz } from './fuzz.ts';
import { load } from './load.ts';
import { localAws } from './local-aws.ts';
import { mutants } from './mutants.ts';
import { mutantsOfCdk } from './mutants-cdk.ts';
import type { Part } from './part.ts';
import { reproducible } from './reproducible.ts';
import { shapes } from './shapes.ts';
import { cannotCount, timing } from './timing.ts';

interface NamedPart {
  /** On the command line. */
  name: string;
  title: string;
  run: Part;
  /** Why it cannot run on this machine, or undefined. */
  cannotRun?: () => string | undefined;
  /** Too long for `npm test` however brief. */
  onlyFull?: true;
}

export const PARTS: readonly NamedPart[] = [
  { name: 'fuzz', title: 'fuzzing', run: fuzz },
  { name: 'timing', title: 'instructions of a verification', run: timing, cannotRun: cannotCount },
  { name: 'shapes', title: 'shapes that the limits allow', run: shapes },
  { name: 'faults', title: 'outages, kills and rotations', run: faults },
  { name: 'local-aws', title: 'the same on the local AWS', run: localAws, onlyFull: true },
  { name: 'load', title: 'load', run: load },
  {
    name: 'reproducible',
    title: 'two builds',
    run: reproducible,
    cannotRun: cannotBuild,
    onlyFull: true,
  },
  { name: 'mutants', title: 'mutation testing of the function', run: mutants, onlyFull: true },
  {
    name: 'mutants-cdk',
    title: 'mutation testing of the construct library',
    run: mutantsOfCdk,
    onlyFull: true,
  },
];
