/** What to do about a swarm without a leader, and about a manager that has not joined its swarm again. */
export const MAJORITY_HINT = 'more than half of the managers must be up; start those that are down';
