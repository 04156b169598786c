const numbers = { "delivery.correction": 0, "rupture.base": 0.5, "sensing.noticing": 0.6 };
const shared = { protocol: "mapp", patients: 6, clinicians: 4, numbers }, gain = A.data.numbers[A.data.names.numbers.indexOf("policies.repair_first.gain")];
const own = A.trial(A.world(shared), 3), policy = A.trial(A.world({ ...shared, policy: "repair_first" }), 3);
let ruptures = 0;
while (own.peek()) {
  const seen = own.seen(), more = seen && gain * seen.rupture * (1 - seen.repaired);
  if (own.peek().kind === "assessment") own.next();
  else own.next({ authenticity: more, empathy: more, collaboration: more }), (ruptures += more > 0);
}
while (policy.next());
const same = (a, b) => Object.keys(a).every((name) => a[name].every((value, at) => Object.is(value, b[name][at])));
console.log(JSON.stringify([ruptures, same(own.sessions, policy.sessions), same(own.outcomes(), policy.outcomes())]));
