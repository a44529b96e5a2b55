//! What the writer knows of the records that it has dealt with lately.
//!
//! Records that were just written are written again more often than others. Two generations are kept: when the young one is full, the old one goes.

use std::collections::HashMap;

use model::CollectionId;

type Generation<V> = HashMap<CollectionId, HashMap<String, V>>;

/// What is known of records, by collection and id.
pub(super) struct Recent<V> {
    young: Generation<V>,
    old: Generation<V>,
    /// What the young ones weigh.
    weight: usize,
    /// What a generation may weigh.
    most: usize,
}

impl<V> Recent<V> {
    /// Nothing yet; `most` bounds what a generation weighs.
    pub(super) fn new(most: usize) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            weight: 0,
            most,
        }
    }

    /// What is known of a record.
    pub(super) fn get(&self, collection: CollectionId, id: &str) -> Option<&V> {
        let generations = [&self.young, &self.old];
        generations
            .into_iter()
            .find_map(|records| records.get(&collection)?.get(id))
    }

    /// Notes what is true of a record from now on.
    pub(super) fn note(&mut self, collection: CollectionId, id: String, known: V, weight: usize) {
        if self.weight + weight > self.most {
            self.weight = 0;
            self.old = std::mem::take(&mut self.young);
        }
        self.weight += weight;
        self.young.entry(collection).or_default().insert(id, known);
    }
}

#[cfg(test)]
mod tests {
    use model::CollectionId;

    use super::Recent;

    #[test]
    fn the_last_word_counts_and_what_is_old_goes() {
        let (mut recent, c) = (Recent::new(2), CollectionId(1));
        recent.note(c, "a".to_owned(), 1, 1);
        recent.note(c, "b".to_owned(), 2, 1);
        recent.note(c, "a".to_owned(), 3, 1);
        assert_eq!(recent.get(c, "a"), Some(&3));
        assert_eq!(recent.get(c, "b"), Some(&2));
        recent.note(c, "c".to_owned(), 4, 1);
        recent.note(c, "d".to_owned(), 5, 1);
        assert_eq!(recent.get(c, "b"), None);
        assert_eq!(recent.get(c, "a"), Some(&3));
        recent.note(CollectionId(2), "d".to_owned(), 6, 1);
        assert_eq!(recent.get(c, "d"), Some(&5));
    }
}
