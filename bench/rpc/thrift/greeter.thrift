namespace c_glib bench

service Greeter {
  string greet(1: string name)
}
