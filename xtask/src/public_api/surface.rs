//! What of a crate can be named from outside.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, ItemTrait, TraitItem, Type};

use super::print::{Foreign, line};
use super::tree::{Module, feature, is_for_tests, is_public};

type Path = Vec<String>;

/// The crates whose types are everybody's.
const STANDARD: [&str; 3] = ["std", "core", "alloc"];

/// All lines of the listing, sorted.
pub(super) fn lines(root: &Module) -> Vec<String> {
    let mut surface = Surface {
        root,
        public: BTreeMap::new(),
        lines: BTreeSet::new(),
    };
    surface.names(root, &[], None);
    surface.modules(root, &[]);
    surface.lines.into_iter().collect()
}

struct Surface<'a> {
    root: &'a Module,
    /// Where an item is defined, and the path by which it is public, with the feature that it needs.
    public: BTreeMap<Path, (String, Option<String>)>,
    lines: BTreeSet<String>,
}

impl Surface<'_> {
    /// Finds out which definitions are public and under which path.
    fn names(&mut self, module: &Module, path: &[String], needs: Option<&str>) {
        for item in &module.items {
            if let Some(name) = public_name(item) {
                self.publish(join(path, &name), &join(path, &name), needs);
            }
        }
        // Before the imports: a short cut at the top is not where an item is at home.
        for (name, child) in &module.children {
            if child.is_public {
                let path = join(path, name);
                let needs = child.feature.as_deref().or(needs);
                self.push(&format!("pub mod {}", path.join("::")), needs);
                self.names(child, &path, needs);
            }
        }
        for import in module.imports.iter().filter(|import| import.is_public) {
            let needs = import.feature.as_deref().or(needs);
            let Some(target) = self.resolve(path, &import.path) else {
                continue;
            };
            let public = join(path, &import.name);
            if self.public.contains_key(&target) || self.is_reachable(&target) {
                let line = format!("pub use {}: {}", public.join("::"), target.join("::"));
                self.push(&line, needs);
            } else {
                self.publish(target, &public, needs);
            }
        }
    }

    fn publish(&mut self, definition: Path, public: &[String], needs: Option<&str>) {
        let entry = (public.join("::"), needs.map(ToOwned::to_owned));
        self.public.entry(definition).or_insert(entry);
    }

    /// Whether all modules above a definition are public, so that it has a path of its own.
    fn is_reachable(&self, definition: &[String]) -> bool {
        (1..definition.len()).all(|end| {
            self.root
                .at(&definition[..end])
                .is_some_and(|module| module.is_public)
        })
    }

    fn modules(&mut self, module: &Module, path: &[String]) {
        let foreign = foreign(module);
        for item in &module.items {
            self.item(item, path, &foreign);
        }
        for (name, child) in &module.children {
            self.modules(child, &join(path, name));
        }
    }

    fn item(&mut self, item: &Item, path: &[String], foreign: &Foreign) {
        if let Item::Impl(item) = item {
            self.implementation(item, path, foreign);
            return;
        }
        if let Item::Macro(item) = item {
            if item.ident.is_none() {
                // What it expands to is not known here, but that it is called, and for which type, is.
                let call = line(item.mac.to_token_stream(), foreign);
                let path = join_front("crate", path).join("::");
                self.push(&format!("macro {path}: {call}"), None);
            }
            return;
        }
        let Some(name) = public_name(item) else {
            return;
        };
        let Some((public, needs)) = self.public.get(&join(path, &name)).cloned() else {
            return;
        };
        let needs = needs.as_deref();
        match item {
            Item::Struct(item) => {
                let generics = line(item.generics.to_token_stream(), foreign);
                let marks = marks(&item.attrs);
                self.push(&format!("pub struct {public}{generics}{marks}"), needs);
                for (index, field) in item.fields.iter().enumerate() {
                    if is_public(&field.vis) {
                        let field_type = line(field.ty.to_token_stream(), foreign);
                        let name = field
                            .ident
                            .as_ref()
                            .map_or_else(|| index.to_string(), ToString::to_string);
                        self.push(&format!("pub {public}::{name}: {field_type}"), needs);
                    }
                }
            }
            Item::Enum(item) => {
                let generics = line(item.generics.to_token_stream(), foreign);
                let marks = marks(&item.attrs);
                self.push(&format!("pub enum {public}{generics}{marks}"), needs);
                for variant in &item.variants {
                    let (name, fields) = (&variant.ident, bare(&variant.fields));
                    let variant = line(quote!(#name #fields), foreign);
                    self.push(&format!("pub {public}::{variant}"), needs);
                }
            }
            Item::Trait(item) => self.methods(item, &public, needs, foreign),
            Item::Fn(item) => {
                let signature = line(item.sig.to_token_stream(), foreign);
                self.push(&format!("pub {public}: {signature}"), needs);
            }
            Item::Const(item) => {
                let value = line(item.ty.to_token_stream(), foreign);
                self.push(&format!("pub const {public}: {value}"), needs);
            }
            Item::Type(item) => {
                let aliased = line(item.ty.to_token_stream(), foreign);
                self.push(&format!("pub type {public} = {aliased}"), needs);
            }
            _ => {}
        }
    }

    fn methods(&mut self, item: &ItemTrait, public: &str, needs: Option<&str>, foreign: &Foreign) {
        let (generics, bounds) = (&item.generics, &item.supertraits);
        let bounds = if bounds.is_empty() {
            quote!(#generics)
        } else {
            quote!(#generics: #bounds)
        };
        let bounds = line(bounds, foreign);
        self.push(&format!("pub trait {public}{bounds}"), needs);
        for member in &item.items {
            match member {
                TraitItem::Fn(method) => {
                    let signature = line(method.sig.to_token_stream(), foreign);
                    let name = &method.sig.ident;
                    let kind = if method.default.is_some() {
                        "provided"
                    } else {
                        "required"
                    };
                    self.push(&format!("pub {public}::{name}: {kind} {signature}"), needs);
                }
                member => {
                    let member = line(member.to_token_stream(), foreign);
                    self.push(&format!("pub {public}: {member}"), needs);
                }
            }
        }
    }

    fn implementation(&mut self, item: &ItemImpl, path: &[String], foreign: &Foreign) {
        let owner = self.public_type(path, &item.self_ty);
        let Some((_, trait_path, _)) = &item.trait_ else {
            let Some((public, needs)) = owner else { return };
            for member in &item.items {
                match member {
                    ImplItem::Fn(method) if is_public(&method.vis) => {
                        let signature = line(method.sig.to_token_stream(), foreign);
                        let name = &method.sig.ident;
                        let line = format!("pub {public}::{name}: {signature}");
                        self.push(&line, needs.as_deref());
                    }
                    ImplItem::Const(constant) if is_public(&constant.vis) => {
                        let value = line(constant.ty.to_token_stream(), foreign);
                        let name = &constant.ident;
                        let line = format!("pub const {public}::{name}: {value}");
                        self.push(&line, needs.as_deref());
                    }
                    _ => {}
                }
            }
            return;
        };
        // A trait for somebody else's type is part of the surface if the trait, or what it is about, is ours.
        let is_own = self.is_own(path, &item.self_ty);
        let named = trait_path.segments.iter().collect::<Vec<_>>();
        let concerns = self.mentions(path, quote!(#(#named)*));
        let Some(needs) = owner
            .map(|(_, needs)| needs)
            .or_else(|| concerns.filter(|_| !is_own))
        else {
            return;
        };
        // The traits of `pin-project-lite` are its own business.
        if trait_path.is_ident("PinnedDrop") {
            return;
        }
        let (generics, clause, of) = (&item.generics, &item.generics.where_clause, &item.self_ty);
        let head = line(quote!(impl #generics #trait_path for #of #clause), foreign);
        let needs = feature(&item.attrs).or(needs);
        self.push(&head, needs.as_deref());
    }

    /// The public path of a type of ours.
    fn public_type(&self, path: &[String], of: &Type) -> Option<(String, Option<String>)> {
        let definition = self.resolve(path, &type_path(of)?)?;
        self.public.get(&definition).cloned()
    }

    fn is_own(&self, path: &[String], of: &Type) -> bool {
        type_path(of).is_some_and(|named| self.resolve(path, &named).is_some())
    }

    /// What the first public name of ours among `tokens` needs.
    fn mentions(&self, path: &[String], tokens: TokenStream) -> Option<Option<String>> {
        tokens.into_iter().find_map(|token| match token {
            proc_macro2::TokenTree::Ident(ident) => {
                let definition = self.resolve(path, &[ident.to_string()])?;
                let (_, needs) = self.public.get(&definition)?;
                Some(needs.clone())
            }
            proc_macro2::TokenTree::Group(group) => self.mentions(path, group.stream()),
            _ => None,
        })
    }

    /// Where the item is defined that `named` means in the module at `path`; nothing if it is another crate's.
    fn resolve(&self, path: &[String], named: &[String]) -> Option<Path> {
        let (first, rest) = named.split_first()?;
        match first.as_str() {
            "crate" => self.follow(&[], rest),
            "self" => self.follow(path, rest),
            "super" => self.resolve(path.split_last()?.1, &join_front("self", rest)),
            _ => self.follow(path, named),
        }
    }

    fn follow(&self, path: &[String], named: &[String]) -> Option<Path> {
        let module = self.root.at(path)?;
        let (first, rest) = named.split_first()?;
        if rest.is_empty() && module.items.iter().any(|item| defines(item, first)) {
            return Some(join(path, first));
        }
        if module.children.contains_key(first) {
            return self.follow(&join(path, first), rest);
        }
        let import = module.imports.iter().find(|import| import.name == *first)?;
        // A crate of the same name as a module would lead back here.
        if import.path.first() == Some(first) {
            return None;
        }
        self.resolve(path, &[import.path.as_slice(), rest].concat())
    }

    fn push(&mut self, line: &str, needs: Option<&str>) {
        let suffix = needs.map_or_else(String::new, |feature| format!("  [feature {feature}]"));
        self.lines.insert(format!("{line}{suffix}"));
    }
}

fn join(path: &[String], name: &str) -> Path {
    [path, &[name.to_owned()]].concat()
}

fn join_front(name: &str, path: &[String]) -> Path {
    [&[name.to_owned()], path].concat()
}

fn type_path(of: &Type) -> Option<Path> {
    match of {
        Type::Path(of) => Some(
            of.path
                .segments
                .iter()
                .map(|segment| segment.ident.to_string())
                .collect(),
        ),
        Type::Reference(of) => type_path(&of.elem),
        _ => None,
    }
}

/// What a module takes from crates that are neither ours nor the standard library.
fn foreign(module: &Module) -> Foreign {
    module
        .imports
        .iter()
        .filter(|import| {
            let first = import.path.first().map(String::as_str).unwrap_or_default();
            !["crate", "self", "super"].contains(&first)
                && !STANDARD.contains(&first)
                && !module.children.contains_key(first)
                && import.name.starts_with(|first: char| first.is_uppercase())
        })
        .map(|import| (import.name.clone(), import.path.join("::")))
        .collect()
}

fn name(item: &Item) -> Option<(String, bool, &[Attribute])> {
    let (ident, visibility, attributes) = match item {
        Item::Struct(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Enum(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Trait(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Fn(item) => (&item.sig.ident, &item.vis, &item.attrs),
        Item::Const(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Type(item) => (&item.ident, &item.vis, &item.attrs),
        _ => return None,
    };
    Some((ident.to_string(), is_public(visibility), attributes))
}

fn public_name(item: &Item) -> Option<String> {
    let (name, is_public, attributes) = name(item)?;
    (is_public && !is_for_tests(attributes)).then_some(name)
}

fn defines(item: &Item, wanted: &str) -> bool {
    name(item).is_some_and(|(name, _, _)| name == wanted)
}

/// Attributes that are promises.
fn marks(attributes: &[Attribute]) -> String {
    let mut marks = String::new();
    for attribute in attributes {
        if attribute.path().is_ident("non_exhaustive") {
            marks.push_str(" #[non_exhaustive]");
        } else if attribute.path().is_ident("derive") {
            let derived = line(attribute.meta.to_token_stream(), &Foreign::new());
            marks.push_str(&format!(" #[{derived}]"));
        }
    }
    marks
}

/// Fields without their documentation.
fn bare(fields: &Fields) -> TokenStream {
    let types = fields.iter().map(|field| {
        let of = &field.ty;
        field
            .ident
            .as_ref()
            .map_or_else(|| quote!(#of), |name| quote!(#name: #of))
    });
    match fields {
        Fields::Named(_) => quote!({ #(#types),* }),
        Fields::Unnamed(_) => quote!((#(#types),*)),
        Fields::Unit => TokenStream::new(),
    }
}
