//! A program that does not know how its library traces.

fn main() {
    println!("{}", patched_library::handle().expect("the request is handled"));
}
