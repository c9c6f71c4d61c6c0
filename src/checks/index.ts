import type { Check } from './check.ts';
import { autolock } from './autolock.ts';
import { dockerCli } from './docker-cli.ts';
import { documentRules } from './document.ts';
import { emptyMembers } from './empty-members.ts';
import { engine } from './engine.ts';
import { externals } from './externals.ts';
import { hostPorts } from './host-ports.ts';
import { hosts } from './hosts.ts';
import { imageData } from './image-data.ts';
import { imageDowngrade } from './image-downgrade.ts';
import { images } from './images.ts';
import { joinedStacks } from './joined.ts';
import { keptData } from './kept-data.ts';
import { keptIdentity } from './kept-identity.ts';
import { leftData } from './left-data.ts';
import { notices } from './notices.ts';
import { oldData } from './old-data.ts';
import { olderRelease } from './older-release.ts';
import { placement } from './placement.ts';
import { placementMove } from './placement-move.ts';
import { quorumLeave, quorumRules, quorumStop } from './quorum-members.ts';
import { registryLogin } from './registry-login.ts';
import { secretChecks } from './secrets.ts';
import { sharedData } from './shared-data.ts';
import { subnets } from './subnet.ts';
import { takenNames } from './taken-names.ts';

/** The preflight checks, in the order they are reported. A new check is a file here and one line in this list. */
export const checks: readonly Check[] = [
  engine,
  dockerCli,
  documentRules,
  olderRelease,
  secretChecks,
  takenNames,
  joinedStacks,
  sharedData,
  placement,
  placementMove,
  emptyMembers,
  leftData,
  oldData,
  keptIdentity,
  keptData,
  quorumRules,
  quorumLeave,
  quorumStop,
  hostPorts,
  hosts,
  subnets,
  registryLogin,
  images,
  imageData,
  imageDowngrade,
  externals,
  autolock,
  notices,
];
