-- Grain: one product of one producer as one kind of sampling found it conforming, in the order of its latest conclusion,
-- behind ($after_on, $after_no); total: how many there are. It touches numbers alone behind the search, for what half of
-- all samples match too. $parts: what belongs to the release; {conditions}: what must occur in which line of `searched`.
WITH sampled AS MATERIALIZED (
    SELECT
        product_no,
        count(*) AS n_conforming,
        coalesce(max(concluded_on), DATE '0001-01-01') AS latest_on
    FROM known
    WHERE {conditions} AND place IN (SELECT unnest($parts::INTEGER[]))
    GROUP BY product_no
)

SELECT
    product_no,
    n_conforming,
    latest_on,
    (SELECT count(*) FROM sampled) AS total
FROM sampled
WHERE
    $after_no::UBIGINT IS NULL
    OR latest_on < $after_on::DATE
    OR (latest_on = $after_on::DATE AND product_no < $after_no::UBIGINT)
ORDER BY latest_on DESC, product_no DESC
LIMIT $limit
