/**
 * How the manager's simulator is asked which agents it knows, as answers: a path of the simulator's own, which the
 * vendor's image does not have.
 */
export const AGENT_LIST: Readonly<Record<string, string>> = {
  'manager.agentList.path': '/simulator/v1/agents',
  'manager.agentList.bad': '[registered but unreachable, lost]',
  // Three heartbeats of 5 s, and the time of one call.
  'manager.agentList.staleSeconds': '17',
};
