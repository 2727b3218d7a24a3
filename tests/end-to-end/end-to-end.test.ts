/** Every suite of this folder on one deployment, which takes longer than most of them. */
import './guard.ts';
import './genesys-rotation.ts';
import './hand-off.ts';
import './parking.ts';
import './schemes.ts';
import './webhook-cli.ts';
import './rotation.ts';
