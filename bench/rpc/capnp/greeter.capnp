@0xd2f2a7f16a1c8e35;

interface Greeter {
  greet @0 (name :Text) -> (text :Text);
}
