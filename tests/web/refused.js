const said = GIVEN.map((given) => {
  try {
    A.world(given);
    return "";
  } catch (error) {
    return error.message;
  }
});
console.log(JSON.stringify(said));
