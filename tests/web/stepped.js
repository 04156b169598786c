const trial = A.trial(A.world({ patients: 3, clinicians: 2 })), first = trial.peek(), before = trial.patient(0);
const held = [trial.next(), trial.next()];
console.log(JSON.stringify({ first, held, before, after: trial.patient(0), many: trial.sessions.trust.length,
  names: [trial.sessions, trial.assessments, trial.patients, trial.clinicians, trial.outcomes()].map(Object.keys), clinician: trial.clinician(0), end: trial.seen() }));
