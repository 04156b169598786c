const world = A.world({ protocol: "groups_of_six", patients: 14, clinicians: 6 }), many = A.run(world, 3);
const trials = [0, 1, 2].map((replicate) => { const one = A.trial(world, replicate); while (one.next()); return one; });
const changes = trials.flatMap((one) => [...one.outcomes().change]), day = many.days[2];
const trust = trials.flatMap((one) => { const s = one.sessions; return [...s.trust].filter((_, at) => s.patient_day[at] === day && s.attended[at]); });
console.log(JSON.stringify([changes.every((change, at) => change === many.outcomes.change[at]), trust.reduce((a, b) => a + b) / trust.length - many.bonds.trust.mean[2]]));
